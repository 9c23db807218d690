"""What customers say to steer a conversation: yes and no, never mind, I will not tell, the other one. Pure.

These words mean something only beside what the bot has just asked or offered, so no example phrase can teach them.
English and German.
"""

import re


def _any(*phrases: str) -> str:
    return "|".join(phrases)


_PLEASE = r"(?:[\s,.!]*(?:please|thanks|thank you|thx|bitte|danke))*"
_YES = _any(
    r"yes|yep|yeah|yup|ya|sure(?: thing)?|ok(?:ay)?|of course|certainly|absolutely|definitely|why not|go ahead",
    r"please do|do (?:it|that|so)|sounds good|(?:i would|i'd) (?:like|love) (?:that|to)",
    r"that would be (?:great|good|nice|lovely|helpful)",
    r"ja|jawohl|gern(?:e)?|klar|natürlich|in ordnung|einverstanden|mach(?:en sie)? das",
)
_NO = _any(
    r"no|nope|nah|not? (?:now|yet|necessary|needed)|no need|don'?t|(?:i'?d )?rather not",
    r"(?:i'?m|that'?s) (?:fine|good|ok(?:ay)?)|i do(?:n'?t| not) (?:want|need) (?:to|that|it|one)",
    r"nein|nö|nicht nötig|lieber nicht",
)
_DROP = _any(
    r"never ?mind|nvm|forget (?:it|about it|that)|(?:cancel|stop)(?: (?:that|this|it))?|leave it|drop it|nothing",
    r"skip (?:it|that|this)|doesn'?t matter|no longer needed|no need",
    r"egal|vergiss es|vergessen sie es|schon gut|hat sich erledigt|abbrechen",
)
_DROPPING = re.compile(rf"\A\W*(?:{_DROP})\s*[,.;:!]\s*", re.IGNORECASE)
_CANNOT = _any(
    r"(?:do|did|could|would|will|can)(?:n'?t| ?not)|can'?t|won'?t|(?:would |i'?d )?rather not|not going to",
    r"refuse to|no longer|never got",
)
_KNOW_OR_TELL = _any(
    r"have|got|find|know|tell|give|share|say|remember|recall|see|provide|receive|disclose|want to|with me|at hand"
)
_REFUSALS = _any(
    rf"(?:{_CANNOT})\b[^.?!]{{0,30}}?\b(?:{_KNOW_OR_TELL})",
    r"no idea|none of your business|not (?:telling|sharing|giving|saying|sure)|have no|private|forgot(?:ten)?",
    r"(?:lost|deleted) (?:it|the|my)",
    r"weiß ich nicht|keine ahnung|vergessen|(?:habe?|finde|kenne|weiß|sage?|gebe?|verrate)\b[^.?!]{0,30}\bnicht",
)
_WHY = (
    r"(?:why|what) (?:do|would) you (?:need|want|ask)|wozu brauchen sie|warum (?:brauchen|wollen|fragen) sie"
)
_MOST_WORDS = 15
_ANOTHER = re.compile(
    r"\b(?:(?:an)?other|different|second|next|andere[nrs]?|zweite[nrs]?)\s+(?:\w+\s+)?"
    r"(?:orders?|one|parcels?|packages?|purchases?|number|deliver(?:y|ies)|bestellung(?:en)?|paket)\b"
    r"|\bnot (?:this|that) (?:one|order)\b",
    re.IGNORECASE,
)
_FILLER = _any(
    r"sorry|no|not|wait|oh|oops|ah|hm+|i'?m|i|meant?|it'?s|it|is|was|should be|actually|rather|make that|instead",
    r"and|or|but|of|with|for|what|how|about|the|a|an|my|this|that|one|here|you|go|yes|ok(?:ay)?|then|now|check|try",
    r"orders?|number|no\.?|nr\.?|id|address|e-?mail|mail|wrong|need|correction|typo|mistake|my bad|please|thanks",
    r"die|der|das|ist|nummer|bestellung|meine?|und|nein|doch|sondern|entschuldigung|ich|meinte|bitte|adresse",
)
_REFERENCES = _any(
    r"it|this|that|them|these|those|the (?:order|parcel|package|one|items?|thing)",
    r"my (?:order|parcel|package|purchase)|sie|diese?[nrs]?|die bestellung|meine bestellung",
)


def says_yes(text: str) -> bool:
    """Nothing but agreement."""
    return _is_only(_YES, text)


def says_no(text: str) -> bool:
    """Nothing but refusal of an offer, or never mind."""
    return _is_only(_any(_NO, _DROP), text)


def drops(text: str) -> bool:
    """Nothing but the wish to leave the bot's question."""
    return _is_only(_DROP, text)


def begins_by_dropping(text: str) -> bool:
    """The wish to leave the bot's question, before something else: "forget it, how much is shipping?"."""
    return _DROPPING.match(text) is not None


def after_dropping(text: str) -> str:
    """`text` without the wish to leave the bot's question that it begins with."""
    return _DROPPING.sub("", text) or text


def refuses(text: str) -> bool:
    """The customer does not have, or does not tell, what was asked for, and asks for nothing else."""
    asks = "?" in text and not _has(_WHY, text)
    return (
        _has(_any(_REFUSALS, _WHY), text)
        and not asks
        and len(text.split()) <= _MOST_WORDS
        and not re.search(r"[\d@]", text)
    )


def names_another(text: str) -> bool:
    """Not the order that was spoken of, but another."""
    return _ANOTHER.search(text) is not None


def only_names(rest: str) -> bool:
    """Whether `rest`, a text without its values, says no more than which one: "sorry, I meant my other order"."""
    without = re.sub(rf"\b(?:{_FILLER})\b", "", _ANOTHER.sub("", rest), flags=re.IGNORECASE)
    return re.search(r"\w", without) is None


def refers_back(text: str) -> bool:
    """Something that was spoken of before: it, this order, my parcel."""
    return _has(_REFERENCES, text)


def _has(words: str, text: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text, re.IGNORECASE) is not None


def _is_only(words: str, text: str) -> bool:
    """Whether `text` is made of these words alone, said once or a few times, with a please or thanks."""
    return re.fullmatch(rf"\W*(?:(?:{words}){_PLEASE}\W*){{1,3}}", text.strip(), re.IGNORECASE) is not None
