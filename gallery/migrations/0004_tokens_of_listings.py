import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("gallery", "0003_fill_listings")]

    operations = [
        migrations.AlterField(
            model_name='searchtoken',
            name='image',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='search_tokens', to='gallery.listing'),
        ),
        migrations.AddIndex(
            model_name='searchtoken',
            index=models.Index(fields=['token', 'image', 'weight'], name='gallery_sea_token_4c11d7_idx'),
        ),
    ]
