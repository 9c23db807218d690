"""`python -m tests.contracts.write_schemas`: takes the schemas of today for the contract, deliberately."""

from pathlib import Path

from tests.contracts.schemas import SCHEMAS, as_text, current_schemas


def main() -> None:
    SCHEMAS.mkdir(exist_ok=True)
    for name, schema in current_schemas().items():
        Path(SCHEMAS, name).write_text(as_text(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
