"""Who wants no messages from one of our numbers."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Now, Tenant


class OptOutRow(Base):
    """How somebody stands to messages from one number of an organization; the word that was said last counts, whenever it arrived.

    ``source_ref`` is the message that changed it; None if it was the vendor's refusal, or if nothing was to be changed.
    """

    __tablename__ = "opt_outs"

    organization_id: Mapped[Tenant] = mapped_column(primary_key=True)
    our_number: Mapped[str] = mapped_column(primary_key=True)
    their_number: Mapped[str] = mapped_column(primary_key=True)
    stopped: Mapped[bool]
    source_ref: Mapped[str | None]
    told_at: Mapped[datetime]
    updated_at: Mapped[Now]
