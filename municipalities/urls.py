"""The addresses of the public pages, the questionnaire and the municipality's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from municipalities.views import access, hromada_access, hromada_side, own_side, public, questionnaire

urlpatterns: list[URLPattern | URLResolver] = [
    path("", public.start, name="start"),
    path("om-ordningen/", public.about, name="about"),
    path("personvern/", public.privacy, name="privacy"),
    path("tilgjengelighet/", public.accessibility, name="accessibility"),
    path("informasjonskapsler/", public.cookies, name="cookies"),
    path(".well-known/security.txt", public.security_txt, name="security_txt"),
    path("meld-interesse/", access.register_interest, name="register_interest"),
    path("meld-interesse/sendt/", access.link_sent, name="link_sent"),
    path("lenke/<str:token>/", access.open_link_page, name="open_link"),
    path("lenke-slutt/", access.end_access_page, name="end_access"),
    path("skjema/", questionnaire.questionnaire, name="questionnaire"),
    path("skjema/start/", questionnaire.start_questionnaire, name="start_questionnaire"),
    path("skjema/alle-sporsmal/", questionnaire.all_questions, name="all_questions"),
    path("skjema/kontroller/", questionnaire.check_answers, name="check_answers"),
    path("skjema/kvittering/", questionnaire.receipt, name="receipt"),
    path("skjema/side/<slug:page>/", questionnaire.question_page, name="question_page"),
    path("kommunens-side/", own_side.own_side, name="own_side"),
    path("kommunens-side/versjon/<int:number>/", own_side.own_version, name="own_version"),
    path("kommunens-side/trekk-interessen/", questionnaire.withdraw_interest, name="withdraw_interest"),
    path("hromada/", hromada_side.hromada_side, name="hromada_side"),
    path("hromada/link/", hromada_access.hromada_link, name="hromada_link"),
    path("hromada/link/sent/", hromada_access.hromada_link_sent, name="hromada_link_sent"),
    path("hromada/needs/confirm/", hromada_side.hromada_confirm_all, name="hromada_confirm_all"),
    path("hromada/needs/add/", hromada_side.hromada_add_need, name="hromada_add_need"),
    path("hromada/needs/<int:pk>/confirm/", hromada_side.hromada_confirm, name="hromada_confirm"),
    path("hromada/needs/<int:pk>/change/", hromada_side.hromada_change, name="hromada_change"),
    path("hromada/needs/<int:pk>/close/", hromada_side.hromada_close, name="hromada_close"),
    path("hromada/teaching/add/", hromada_side.hromada_teach, name="hromada_teach"),
    path("hromada/teaching/<int:pk>/remove/", hromada_side.hromada_unteach, name="hromada_unteach"),
    path("hromada/consent/", hromada_side.hromada_consent, name="hromada_consent"),
    path("hromada/contact/", hromada_side.hromada_contact, name="hromada_contact"),
    path("hromada/said/<int:pk>/take-back/", hromada_side.hromada_take_back, name="hromada_take_back"),
]
