from django.apps import AppConfig


class AccountConfig(AppConfig):
    name = "imagerec.account"
    label = "imagerec_account"  # allauth has an app of the name `account`

    def ready(self) -> None:
        from imagerec.account import receivers  # noqa: F401  connects them
