"""The desk's kit: a step of a case is a declaration, and everything a page needs for it comes from there.

To add an act, add one to the `acts` of the model's desk, a `DeskAdmin` (a `TrailAdmin` where its history is
the audit trail), and a row for its address to tests/access:

    Act("hold", KS, hold_proposal, form=SeenReasonForm, is_open=in_states("proposed"), records="proposal.held",
        title=_("Put %(pair)s on hold"), button=_("Put on hold"), done=_("The proposal is on hold."))

The service is called with the row, `by`, `at` and the form's values. The kit makes the address `<id>/hold/`,
named
`matching_proposal_hold`, the check of powers (403), the page, the refusal at its field, the conflict (409),
the success message, the words of the trail, and the button on the case's page (`open_acts`). `Act` lists what
else an act may say: its own template or context, a preview, drafts, both versions after a lost race. An act
without a row (`has_row=False`) has its button over the list.

To add a list, put `Column`s into the admin's `list_display`, name its `list_filter`, its `search` (one
function for each kind of thing) and its `export` (the `Column`s of a file that holds exactly what is
filtered). A list that is not the admin's own is a `ListPage` in `lists`. Any other page is a `Page` in
`pages`; a row's page is `detail`.
"""
