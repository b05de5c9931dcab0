"""What an organization's days took of what costs money, and answers that need not be paid twice."""

from datetime import date

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Now, Tenant


class UsageDayRow(Base):
    """One day (UTC) of one organization: seconds of speech submitted and tokens of language models, against the day's limits."""

    __tablename__ = "usage_days"

    organization_id: Mapped[Tenant] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    speech_seconds: Mapped[int] = mapped_column(BigInteger, server_default="0")
    llm_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")


class KeptAnswerRow(Base):
    """A language model's answer, found again by the hash of everything that was asked."""

    __tablename__ = "kept_answers"
    __table_args__ = (Index(None, "created_at"),)

    organization_id: Mapped[Tenant] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    document: Mapped[dict[str, object]] = mapped_column(JSONB)
    model: Mapped[str]
    usage: Mapped[dict[str, int]] = mapped_column(JSONB)
    created_at: Mapped[Now]
