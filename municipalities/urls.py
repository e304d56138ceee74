"""The addresses of the public pages, the questionnaire and the municipality's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from municipalities.views import access, joint, notices, own_side, people, public, questionnaire

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
    path("skjema/forleng/", questionnaire.extend, name="extend_access"),
    path("skjema/alle-sporsmal/", questionnaire.all_questions, name="all_questions"),
    path("skjema/kontroller/", questionnaire.check_answers, name="check_answers"),
    path("skjema/kvittering/", questionnaire.receipt, name="receipt"),
    path("skjema/side/<slug:page>/", questionnaire.question_page, name="question_page"),
    path("kommunens-side/", own_side.own_side, name="own_side"),
    path("kommunens-side/versjon/<int:number>/", own_side.own_version, name="own_version"),
    path("kommunens-side/versjon/<int:number>/pdf/", own_side.own_version_pdf, name="own_version_pdf"),
    path("kommunens-side/be-om-apning/", own_side.ask_reopen, name="ask_reopen"),
    path("kommunens-side/tilgang/", people.people_page, name="people"),
    path("kommunens-side/tilgang/inviter/", people.invite, name="invite"),
    path("kommunens-side/tilgang/<int:pk>/rett/", people.colleague_right, name="colleague_right"),
    path("kommunens-side/tilgang/<int:pk>/avslutt/", people.colleague_end, name="colleague_end"),
    path("kommunens-side/kontaktperson/<slug:who>/", people.named_person, name="named_person"),
    path("kommunens-side/stedfortreder/fjern/", people.deputy_remove, name="deputy_remove"),
    path("kommunens-side/mine-opplysninger/", people.own_data_page, name="own_data"),
    path("kommunens-side/mine-opplysninger/json/", people.own_data_json, name="own_data_json"),
    path("kommunens-side/mine-opplysninger/pdf/", people.own_data_pdf, name="own_data_pdf"),
    path("kommunens-side/mine-opplysninger/slett/", people.own_data_erase, name="own_data_erase"),
    path("kommunens-side/sammen/", joint.joint_page, name="joint"),
    path("kommunens-side/sammen/<int:pk>/bekreft/", joint.member_confirm, name="member_confirm"),
    path("kommunens-side/sammen/<int:pk>/avslutt/", joint.member_end, name="member_end"),
    path("velg-part/", access.choose_party, name="choose_party"),
    path("varsle-meg/", notices.notice_page, name="notice"),
    path("varsle-meg/notert/", notices.notice_noted, name="notice_noted"),
    path("varsle-meg/av/<str:token>/", notices.notice_off, name="notice_off"),
    path("kommunens-side/trekk-interessen/", questionnaire.withdraw_interest, name="withdraw_interest"),
]
