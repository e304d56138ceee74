"""Applying together: the lead names municipalities, and each of them confirms or says no on its own side."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from municipalities.access.sessions import LinkRequest, link_required
from municipalities.models import JointMember, Municipality
from municipalities.questionnaire.forms import MemberForm
from municipalities.responses.drafts import find_response
from municipalities.responses.joint_applications import (
    CannotJoin,
    MemberBound,
    confirm_member,
    end_membership,
    members_of,
    memberships_of,
    name_member,
)
from municipalities.responses.rounds import RoundClosed, accepts_changes

INVALID = 422
# Not that there is a partner: an approval can be undone until the two are introduced.
SETTLED = gettext_lazy(
    "Who takes part in this application is settled, and cannot be changed here. Write to KS."
)


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def joint_page(request: LinkRequest) -> HttpResponse:
    """Show who applies together with the municipality, and name one more."""
    now, access = timezone.now(), request.access
    response = find_response(access.municipality)
    can_name = response is not None and access.may_submit and accepts_changes(response, at=now)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and response is not None and can_name and form.is_valid():
        municipality = get_object_or_404(
            Municipality, number=form.cleaned_data["municipality"], valid_to__isnull=True
        )
        try:
            name_member(response=response, municipality=municipality, by=access.actor, at=now)
        except (CannotJoin, RoundClosed):
            form.add_error(
                "municipality",
                _(
                    "This municipality cannot be added: it is your own, or takes part already, here or "
                    "elsewhere."
                ),
            )
        else:
            messages.success(
                request, _("The municipality is asked by e-mail. It counts when it has confirmed.")
            )
            return redirect("joint")
    context = {
        "response": response,
        "form": form,
        "can_name": can_name,
        "members": members_of(response) if response else [],
        "memberships": memberships_of(access.municipality),
    }
    return render(
        request, "municipalities/own_side/joint.html", context, status=INVALID if form.is_bound else 200
    )


@link_required
@require_POST
def member_confirm(request: LinkRequest, pk: int) -> HttpResponse:
    """Confirm that the municipality takes part in another one's application."""
    # Also one that has ended meanwhile: whoever comes too late reads why.
    named = JointMember.objects.others().select_related("response")
    member = get_object_or_404(named, pk=pk, municipality=request.access.municipality)
    if not request.access.may_submit:
        return redirect("own_side")
    try:
        confirm_member(member=member, by=request.access.actor, at=timezone.now())
    except MemberBound:
        messages.error(request, SETTLED)
    except CannotJoin:
        messages.error(
            request,
            _("This could not be confirmed: you take part in another joint application, or it is over."),
        )
    else:
        messages.success(request, _("Confirmed. You take part in the joint application."))
    return redirect("own_side")


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_end(request: LinkRequest, pk: int) -> HttpResponse:
    """Ask, and then take a municipality out: our own, or one we have named."""
    access = request.access
    open_members = (
        JointMember.objects.open().others().select_related("municipality", "response__municipality")
    )
    member = get_object_or_404(open_members, pk=pk)
    is_own = member.municipality_id == access.municipality.pk
    if not is_own:
        get_object_or_404(open_members, pk=pk, response__municipality=access.municipality)
    back = "own_side" if is_own else "joint"
    if not access.may_submit:
        return redirect(back)
    if request.method != "POST":
        return render(
            request,
            "municipalities/own_side/member_end.html",
            {"member": member, "own": is_own, "back": back},
        )
    try:
        end_membership(member=member, by=access.actor, at=timezone.now())
    except MemberBound:
        messages.error(request, SETTLED)
    else:
        messages.success(request, _("The municipality does not take part any more."))
    return redirect(back)
