"""What is particular to English: words that say nothing, and words that a stemmer does not bring together."""

# Articles, pronouns, auxiliaries and prepositions; then the words that customers wrap their questions in.
# `down` and `off` are missing on purpose: they are a filling and a discount.
_SAYING_NOTHING = """
a about above after again against ain't all am an and any are aren't as at be because been before being below
between both but by can can't cannot could couldn't did didn't do does doesn't doing don't during each few for
from further had hadn't has hasn't have haven't having he he's her here hers herself him himself his how i i'd
i'll i'm i've if in into is isn't it it's its itself just me more most mustn't my myself no nor not now of on
once only or other our ours ourselves out over own same she she's should shouldn't so some such than that that's
the their theirs them themselves then there there's these they they're they've this those through to too under
until up very was wasn't we we'd we'll we're we've were weren't what what's when when's where's which while who
who's whom why's will with won't would wouldn't you you'd you'll you're you've your yours yourself yourselves

able actually ago already also always another anybody anymore anyone anything anyway appear appears around ask
asking away back basically bit came cant come completely concerned currently dear details didnt doesnt dont else
else's ever every everyone everything exactly explain find get gets getting give given go goes going gonna good
got gotten guess guys happen happened happens hello help hey hi hope however identical im info information
instead interested isnt issue issues ive keeps kind kindly know lately let let's like look looking lot lots make
makes many may maybe mean means might mind much must need needed needs never next nobody none nope nothing often
oh ok okay one ones particular people permanently please possible probably problem problems properly put putting
question quick quite rather really recently regarding right said say says see seem seems several shall
simply since somebody somehow someone someone's something sometimes somewhere sorry sort specific still
stuff suddenly sure take takes tell thank thanks thing things think thought today together told tomorrow tonight
totally tried trouble truly try trying unable understand unfortunately us use used usually various wanna
want wanted wants way well whatever whats whether whole wish within without wonder wondering work works worried
yeah yes yesterday yet
"""
STOP_WORDS = frozenset(_SAYING_NOTHING.split())

# Asked of a thing, they tell the sections about it apart, but they are not what the question is about.
QUESTION_WORDS = frozenset({"long", "where", "why"})

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
# Words that customers and articles use for the same thing, British and American ones among them.
_SYNONYMS = {
    "advantage": "benefit",
    "advantages": "benefit",
    "begin": "start",
    "bicycle": "bike",
    "branch": "store",
    "branches": "store",
    "catalogue": "catalog",
    "centre": "center",
    "cheque": "check",
    "cheques": "check",
    "colour": "color",
    "colours": "color",
    "coupon": "voucher",
    "coupons": "voucher",
    "courier": "carrier",
    "debit": "charge",
    "debited": "charge",
    "employee": "staff",
    "employees": "staff",
    "erase": "delete",
    "fee": "cost",
    "fees": "cost",
    "fix": "repair",
    "fixed": "repair",
    "grey": "gray",
    "instalment": "installment",
    "instalments": "installment",
    "licence": "license",
    "mend": "repair",
    "mould": "mold",
    "mouldy": "moldy",
    "packet": "package",
    "pants": "trousers",
    "parcel": "package",
    "parcels": "package",
    "picture": "photo",
    "pictures": "photo",
    "guarantee": "warranty",
    "guarantees": "warranty",
    "how much": "cost",
    "price": "cost",
    "prices": "cost",
    "programme": "program",
    "rebate": "discount",
    "quickly": "long",
    "refuse": "decline",
    "refused": "decline",
    "refuses": "decline",
    "reject": "decline",
    "rejected": "decline",
    "shop": "store",
    "shops": "store",
    "soon": "long",
    "swap": "exchange",
    "swapped": "exchange",
    "telephone": "phone",
    "tyre": "tire",
    "tyres": "tire",
    "vouchers": "voucher",
    "website": "site",
}
BASE_FORMS = {form: base for base, forms in _FORMS.items() for form in forms.split()} | _SYNONYMS
