"""The addresses of the public figures, and of a party's own partnerships behind its link."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from matching.views import own_partnerships, public

urlpatterns: list[URLPattern | URLResolver] = [
    path("partnerskap/", public.partnerships, name="partnerships"),
    path("partnerskap/partnerskap.csv", public.partnerships_csv, name="partnerships_csv"),
    path("partnerskap/partnerskap.json", public.partnerships_json, name="partnerships_json"),
    path("kommunens-side/samarbeid/<str:reference>/", own_partnerships.partnership, name="partnership"),
    path(
        "kommunens-side/samarbeid/<str:reference>/svar/",
        own_partnerships.partnership_reply,
        name="partnership_reply",
    ),
    path(
        "kommunens-side/samarbeid/<str:reference>/vedtak/",
        own_partnerships.partnership_decision,
        name="partnership_decision",
    ),
    path(
        "kommunens-side/samarbeid/<str:reference>/profil/",
        own_partnerships.partnership_profile,
        name="partnership_profile",
    ),
    path(
        "kommunens-side/samarbeid/<str:reference>/profil.pdf",
        own_partnerships.partnership_profile_pdf,
        name="partnership_profile_pdf",
    ),
    path(
        "hromada/spivpratsia/<str:reference>/",
        own_partnerships.hromada_partnership,
        name="hromada_partnership",
    ),
    path(
        "hromada/spivpratsia/<str:reference>/vidpovid/", own_partnerships.hromada_reply, name="hromada_reply"
    ),
    path(
        "hromada/spivpratsia/<str:reference>/profil/",
        own_partnerships.hromada_profile,
        name="hromada_profile",
    ),
    path(
        "hromada/spivpratsia/<str:reference>/profil.pdf",
        own_partnerships.hromada_profile_pdf,
        name="hromada_profile_pdf",
    ),
]
