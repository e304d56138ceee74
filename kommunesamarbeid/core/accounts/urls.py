"""The login pages of staff that the portal uses.

Allauth's others (sign-up, address changes) are not mounted.
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

from kommunesamarbeid.core.accounts.views import ConnectView, FactorsView, open_invitation

urlpatterns = [
    path("logg-inn/", login_not_required(account.login), name="account_login"),
    path("logg-ut/", login_not_required(account.logout), name="account_logout"),
    path("bekreft/", account.reauthenticate, name="account_reauthenticate"),
    path("passord/", account.password_change, name="account_change_password"),
    path("passord/glemt/", login_not_required(account.password_reset), name="account_reset_password"),
    path(
        "passord/glemt/sendt/",
        login_not_required(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^passord/nytt/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",  # a key holds a hyphen itself
        login_not_required(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "passord/nytt/ferdig/",
        login_not_required(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("lenke/<str:token>/", open_invitation, name="accept_invitation"),  # logs blank what follows /lenke/
    path("sperret/", login_not_required(account.account_inactive), name="account_inactive"),
    path("to-trinn/", FactorsView.as_view(), name="mfa_index"),
    path("to-trinn/kode/", login_not_required(mfa.authenticate), name="mfa_authenticate"),
    path("to-trinn/bekreft/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("to-trinn/app/", ConnectView.as_view(), name="mfa_activate_totp"),
    path("to-trinn/app/av/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("to-trinn/reservekoder/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("to-trinn/reservekoder/nye/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(
        "to-trinn/reservekoder/last-ned/",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]
