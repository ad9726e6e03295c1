from django.apps import AppConfig


class AccountConfig(AppConfig):
    name = "imagerec.account"
    label = "imagerec_account"  # allauth already has an app with the label `account`

    def ready(self) -> None:
        from imagerec.account import receivers  # noqa: F401  the import connects them
