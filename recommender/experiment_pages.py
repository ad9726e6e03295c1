"""The curators' pages that start and end an experiment."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from gallery.plumbing.errors import BadValue
from recommender.data.experiments import decided_at
from recommender.engine.arms import ARMS
from recommender.models import Arm, Experiment
from recommender.services import experiments

RIGHT = "recommender.change_experiment"


def _number(
    label: Any, initial: int, help_text: Any = "", low: int = 0, high: int = 100
) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        initial=initial,
        help_text=help_text,
        min_value=low,
        max_value=high,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class StartForm(forms.Form):
    """The name of an experiment, its stopping rule, and the share of each arm."""

    name = forms.CharField(max_length=60, label=_("Name"), widget=UnfoldAdminTextInputWidget)
    days = _number(
        _("Days"), 28, _("The result is told after so many days at the earliest."), 1, experiments.MOST_DAYS
    )
    people = _number(
        _("People at least"),
        300,
        _("The result is told when so many people have seen the feed. Both numbers cannot be changed later."),
        1,
        1_000_000,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for arm in Arm:
            self.fields[arm] = _number(
                capfirst(arm.label), 1, _("The share of this arm, beside the others; 0 leaves it out.")
            )


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """The form; after a valid one, the experiment runs."""
    _check_right(request)
    form = StartForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        shares = {arm: data[arm] for arm in ARMS}
        by, now = cast(User, request.user), timezone.now()
        try:
            found = experiments.start(data["name"], shares, data["days"], data["people"], by, now)
        except BadValue as error:
            form.add_error(None, str(error))
        else:
            done = _now("The experiment %(name)s runs now.") % {"name": found.name}
            model_admin.log_addition(request, found, done)
            messages.success(request, done)
            return redirect("admin:index")
    return _page(request, model_admin, "start", _("Start an experiment"), form=form)


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, number: int, model_admin: ModelAdmin) -> HttpResponse:
    """Asks once more; after a POST, the experiment has ended."""
    _check_right(request)
    found, now = get_object_or_404(Experiment, pk=number), timezone.now()
    if request.method == "POST":
        try:
            experiments.end(found.pk, now)
        except BadValue as error:
            messages.error(request, str(error))
        else:
            done = _now("The experiment %(name)s has ended.") % {"name": found.name}
            model_admin.log_change(request, found, done)
            messages.success(request, done)
        return redirect("admin:index")
    decided = decided_at(found)
    reached = decided is not None and decided <= now
    return _page(request, model_admin, "end", _("End the experiment"), experiment=found, reached=reached)


def _check_right(request: HttpRequest) -> None:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied


def _page(request: HttpRequest, model_admin: ModelAdmin, name: str, title: Any, **more: Any) -> HttpResponse:
    context = {**model_admin.admin_site.each_context(request), "title": title, **more}
    return TemplateResponse(request, f"admin/recommender/{name}_experiment.html", context)
