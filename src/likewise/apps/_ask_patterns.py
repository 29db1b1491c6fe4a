"""How instructions to a machine are worded: what people have planted in documents so far, in lower case.

`instructed(text)` looks for them in one sentence whose white space is single blanks.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["instructed"]

_MACHINE: Final = (
    r"(?:a\.?i\.?|llms?|assistants?|(?:large )?language models?|chat ?bots?|bots?|(?:chat)?gpt(?:-\d\w*)?|claude|"
    r"gemini|"
    r"copilot|(?:ai|virtual|helpful) (?:agents?|models?|systems?|assistants?)|summari[sz]ers?)"
)
_ABOUT: Final = (
    r"(?:instructions?|prompts?|rules|guidelines?|directions?|directives?|polic(?:y|ies)|guardrails?|restrictions?|"
    r"constraints?|previous|prior|above|earlier|preceding|system|everything|sources?|question|context|safety|"
    r"programming)"
)
_DROP: Final = r"(?:ignor(?:e|ing)|disregard|forget|overrides?|bypass|neglect|discard|supersedes?)"
_TELL: Final = (
    r"(?:say|print|output|write|reply|respond|answer|return|repeat|type|append|insert|echo|emit|state|display|"
    r"recommend|"
    r"tell|include|add|end|start|begin|finish|conclude|produce|generate)"
)
_YOURS: Final = r"your (?:\w+ )?(?:answers?|responses?|repl(?:y|ies)|outputs?|summar(?:y|ies)|completion)"
_HIDDEN: Final = (
    r"(?:(?:system|hidden|initial|original|full|secret) (?:prompt|instructions|message)|"
    r"your (?:\w+ )?(?:instructions|prompts?|rules|configuration|guidelines|directives|system)|api[ _-]?keys?|"
    r"passwords?|"
    r"credentials|access tokens?|(?:conversation|chat) (?:history|log)|private data|confidential (?:data|information)|"
    r"environment variables|other sources)"
)
_ASKED: Final = (
    r"(?:asked|answering|anyone asks|someone asks|the (?:user|reader|person|customer) (?:asks|wants)|summari[sz]ing|"
    r"responding|replying|prompted|queried|answer|summari[sz]e|respond|reply|reading this|process(?:ing)? this|read "
    r"this)"
)

_WORDED: Final = (
    # taking back what was said before
    rf"\b{_DROP}\b(?:\W+\w+){{0,6}}?\W+{_ABOUT}\b",
    rf"\b(?:do not|don't|stop|cease|no longer) (?:follow|obey|apply|adhere|comply)(?:ing)?\b.{{0,40}}\b{_ABOUT}\b",
    rf"\b(?:pay no attention to|set aside)\b.{{0,40}}\b{_ABOUT}\b",
    r"\b(?:ignorier\w*|vergiss|vergessen|missachte\w*)\b.{0,60}(?:anweisung|anleitung|regeln|vorgaben|befehl|alles)",
    r"\b(?:ignore[rz]?|oublie[rz]?|négligez)\b.{0,60}(?:consigne|instruction|règle|précédent|directive)",
    r"\b(?:ignora\w*|olvid\w*|dimentica\w*|esque[çc]\w*|negeer|vergeet|zignoruj|ignorera)\b.{0,60}"
    r"(?:instruc|istruzion|instru[cç]|reglas|regole|anterior|precedent|regels|polece|instruk)",
    r"(?:игнорируй|забуд|проигнорируй)\w*.{0,60}(?:инструкци|указани|правил|предыдущ)",
    r"(?:忽略|无视|無視|忘记|忘記|忘れ).{0,30}(?:指令|指示|提示|规则|規則|说明|以上|之前)",
    r"(?:指示|命令|ルール|指令|规则).{0,12}(?:無視|忘れ|忽略|无视)|(?:지시|명령|규칙).{0,12}(?:무시|잊)",
    r"تجاهل.{0,40}(?:تعليمات|السابقة)|निर्देश.{0,30}(?:अनदेखा|नज़रअंदाज़|भूल)",
    # a new part to play
    r"\byou (?:are|will be|shall be|must) (?:now\b|no longer\b|from now|hereby\b|act\b|behave\b)",
    rf"\byou(?:'re| are) (?:an?|the|my|our)? ?(?:\w+ ){{0,3}}{_MACHINE}\b",
    r"\b(?:pretend|act as if|role-?play)(?: that)? (?:you|as)\b|^\W*pretend to be\b",
    r"\b(?:act|behave|respond|answer|operate) as (?:an?|the)? ?(?:\w+ ){0,3}(?:unrestricted|unfiltered|dan\b|admin|"
    r"developer|a\.?i\b|assistant|bot\b|pirate|system)",
    r"\bfrom (?:now|here|this (?:point|moment|line)) on(?:wards?)?\b.{0,40}\b(?:you|your|answer|respond|reply|say|"
    r"only|every)\b",
    r"\byour (?:new|real|actual|true|only|updated|revised|sole|primary) (?:\w+ )?(?:task|instructions?|role|goal|job|"
    r"objective|mission|orders?|prompt|directive|purpose)\b",
    r"\b(?:new|updated|important|urgent|special|additional|hidden|secret|final|admin(?:istrator)?|developer) "
    r"(?:system )?"
    r"(?:instructions?|directives?|orders?|prompt|override) ?(?:[:\-—]|follow|for\b|to (?:the|all)\b|from\b)",
    r"\b(?:developer|debug|god|admin(?:istrator)?|maintenance|jailbreak|dan|sudo|unrestricted) mode\b",
    # spoken to the machine
    rf"\b(?:dear|attention|(?:note|message|instructions?) (?:to|for)|hey|hello|hi|listen|ok(?:ay)?)\W+(?:all |the |"
    rf"any |every )?"
    rf"{_MACHINE}\b",
    rf"\b(?:if|when|since|as) you(?:'re| are) (?:an?|the) (?:\w+ ){{0,2}}{_MACHINE}\b",
    rf"\b{_MACHINE} (?:reading|processing|that reads|which reads|,)?.{{0,30}}\b(?:must|should|shall|have to|are to|"
    rf"is to|"
    r"(?:are|is) (?:required|instructed|ordered|asked|told)) (?:to )?(?:not |never |always |now |only )?"
    rf"(?:{_TELL}|ignore|disregard|follow|obey)\b",
    rf"^\W*{_MACHINE} ?[,:]",
    # what to say
    rf"\b{_YOURS}\b.{{0,30}}\b(?:must|should|shall|has to|have to|needs? to)\b",
    rf"\b(?:in|to|of|with|from|by|at the (?:end|beginning|start) of) {_YOURS}\b",
    rf"\b{_TELL} (?:{_YOURS}|every (?:answer|response|reply|sentence)|all (?:answers|responses|replies))\b",
    rf"(?:^|[.!?:;,\-—\"']\s*|\b(?:please|then|and|just|simply|instead|only|must|to|now|always|you)\b,? ){_TELL} "
    r"(?:only |just |exactly |simply |instead |always |nothing\b|verbatim|with (?:only|just|exactly|nothing|the "
    r"(?:word|phrase|code|string|single))|the (?:exact |single |following |secret )?(?:word|phrase|code ?word|"
    r"passphrase|"
    r"password|sentence|text above)\b)",
    rf"\b{_TELL}\b.{{0,40}}\band nothing (?:else|more)\b",
    rf"\b(?:when|whenever|if|once|while) (?:you )?(?:are )?{_ASKED}\b.{{0,80}}\b(?:say|answer|respond|reply|state|"
    rf"recommend|tell|"
    r"claim|insist|output|print|mention|include|refuse|write)\b",
    r"\b(?:whatever|regardless of|no matter what|irrespective of)\b.{0,30}\b(?:question|quer(?:y|ies)|asked|asks|"
    r"user|prompt)\b",
    r"\bthe (?:only )?(?:correct|right|true|proper|approved|official|only) (?:answer|response|reply) (?:to|for) "
    r"(?:this|any|every|"
    r"all|the|a)\b",
    r"\b(?:for|to) (?:any|every|all|each) (?:further |future |user )?(?:questions?|quer(?:y|ies)|prompts?)\b",
    r"\b(?:tell|inform|convince|persuade|instruct|urge) (?:the|your) (?:user|reader|human|customer)s?\b",
    r"\b(?:do not|don't|never|avoid|refuse to) (?:\w+ )?(?:answer|cite|citing|summari[sz]e|mention|reveal|tell|"
    r"disclose|quote|"
    r"warn)\w*\b.{0,40}\b(?:user|question|source|instruction|message|note|prompt|document|anyone|passage)s?\b",
    # what to give away or do
    rf"\b(?:reveal|show|print|repeat|leak|disclose|output|expose|share|send|display|give|exfiltrate|dump|recite|"
    rf"write|tell|list|"
    rf"forward|email|encode|include)\b.{{0,40}}\b{_HIDDEN}\b",
    r"\b(?:send|post|forward|email|upload|exfiltrate|transmit)\b.{0,60}(?:conversation|user|data|answer|question|"
    r"history|content)"
    r".{0,40}(?:https?://|\S+@\S+)",
    r"!\[[^\]]*\]\( ?https?://[^)]*[?{=%][^)]*\)",
    r"\b(?:call|invoke|use|trigger|execute) (?:the |your |a )?(?:\w+ ){0,2}(?:tools?|plugins?|"
    r"browser)\b.{0,60}\b(?:delete|send|"
    r"post|transfer|pay|email|files|user)\b",
    r"\brepeat (?:everything|all|the (?:text|words|content)) (?:above|before|that came)",
    # the marks of a conversation
    r"<\|[^|>]{1,40}\|>|\[/?inst\]|<</?sys>>|</s>|<(?:start|end)_of_turn>",
    r"</?(?:system|instructions?|sources?|context|documents?|prompt|user|assistant|admin|developer|human|quer(?:y|"
    r"ies)|question|"
    r"rules?|(?:tool|function)_?(?:call|result|response)s?|untrusted|retrieved)(?:[ ][^>]*)?>",
    r"^[\[(<{#*>\s]*(?:system|assistant|developer|human|user|ai|admin(?:istrator)?) ?(?:prompt|message|note|"
    r"override|instructions?|update|"
    r"alert|notice|command|role)? ?(?:\([^)]*\) ?)?(?:[:»]|\] )",
    r"[#=\-*]{2,} ?(?:system|instructions?|assistant|user|human|prompt|new (?:task|instructions?)|(?:begin|end|"
    r"start)(?: of)? "
    r"(?:\w+ ){0,2}(?:system|instructions?|prompt|sources?|documents?|context|data|question|input|text))\b",
    r"\b(?:begin|end|start)(?: of)? (?:the )?(?:system|hidden|secret|admin|privileged) (?:prompt|instructions?|"
    r"message|section)\b",
    r"\{ ?[\"']?role[\"']? ?: ?[\"']?(?:system|assistant|user|developer|tool)",
    r"\bprompt injection\b.{0,40}\b(?:success|complete|active)",
)
_PATTERNS: Final = tuple(re.compile(pattern) for pattern in _WORDED)


def instructed(text: str) -> bool:
    """Whether a sentence, in lower case and with single blanks, is worded as an instruction to a machine."""
    return any(pattern.search(text) for pattern in _PATTERNS)
