"""What is particular to English: words that say nothing, and verbs whose forms a stemmer does not bring together."""

# Articles, pronouns, auxiliaries, prepositions, and the phrases that customers wrap their questions in.
# ruff: noqa: SIM905
# `down` and `off` are missing on purpose: they are a filling and a discount. So are `long`, `where` and `why`: asked
# of a thing, they tell its sections apart.
STOP_WORDS = frozenset(
    """
    a about above after again against ain't all am an and any are aren't as at be because been before being below
    between both but by can can't cannot could couldn't did didn't do does doesn't doing don't during each few for
    from further had hadn't has hasn't have haven't having he he's her here hers herself him himself his how if in
    into is isn't it it's its itself just me more most mustn't my myself no nor not now of on once only or other our
    ours ourselves out over own same she she's should shouldn't so some such than that that's the their theirs them
    themselves then there there's these they they're they've this those through to too under until up very was
    wasn't we we'd we'll we're we've were weren't what what's when when's where's which while who who's whom
    why's will with won't would wouldn't you you'd you'll you're you've your yours yourself yourselves i i'd i'll i'm
    i've

    actually also already always anybody anyone anything anyway around ask asking away back bit came cant come could
    dear didnt doesnt dont else ever every exactly find get gets getting give given go goes going gonna good got
    gotten guys happen happened happens hello help hey hi hope however im isnt ive kind kindly know let let's like
    look looking lot make makes many may maybe mean means might mind much must need needed needs never nothing
    ok okay one oh please possible question quick quite rather really regarding right said say says see seem seems
    shall since somebody someone something soon sort still sure take takes tell thank thanks thing things think
    thought told tried try trying us use used usually wanna want wanted wants way well whats whether wish within
    without wondering work works yes yet
    """.split()
)

_FORMS = {
    "break": "broke broken",
    "bring": "brought",
    "buy": "bought",
    "child": "children",
    "choose": "chose chosen",
    "foot": "feet",
    "forget": "forgot forgotten",
    "hold": "held",
    "keep": "kept",
    "leave": "left",
    "lose": "lost loss",
    "pay": "paid",
    "sell": "sold",
    "send": "sent",
    "shrink": "shrank shrunk",
    "steal": "stole stolen",
    "tear": "tore torn",
    "wear": "wore worn",
    "write": "wrote written",
}
BASE_FORMS = {form: base for base, forms in _FORMS.items() for form in forms.split()}
