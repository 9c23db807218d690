"""The knowledge base that the settings ask for.

`python -m services.tools_worker.knowledge.loading` makes the vectors of its articles once, so that a start need not.
"""

import hashlib

from services.shared.sentences.encoder import SentenceEncoder, installed_model
from services.shared.sentences.kept_arrays import KeptArrays
from services.shared.settings import load_settings
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.knowledge.vectors import SentenceModel
from services.tools_worker.settings import KnowledgeSettings

# The language of the installed model; a model of another is named in the settings.
_ENGLISH = "english"


def load_knowledge(settings: KnowledgeSettings) -> KnowledgeBase:
    """Searched by words at first; by meaning, too, from `take_in_meaning`. Raises SetupError for wrong settings."""
    return KnowledgeBase.load(settings.knowledge_dir, settings.knowledge_language, _sentence_model(settings))


def _sentence_model(settings: KnowledgeSettings) -> SentenceModel | None:
    directory = settings.knowledge_model_dir
    if directory is None and settings.knowledge_language == _ENGLISH:
        directory = installed_model()
    if directory is None or settings.knowledge_vectors == "off":
        return None
    encoder = SentenceEncoder(directory)
    folder = hashlib.sha256(str(settings.knowledge_dir.resolve()).encode()).hexdigest()[:8]
    return SentenceModel(
        encode=encoder.encode,
        kept=KeptArrays(settings.knowledge_cache_dir),
        name=f"articles-{folder}-{encoder.version}",
    )


def main() -> None:
    load_knowledge(load_settings(KnowledgeSettings)).take_in_meaning()


if __name__ == "__main__":
    main()
