"""Whether a campaign is for this withdrawal, by what the exchange says of it.

Pure: no Django, no clock, no database. A fact that was not said rules nothing out: the conditions stand in
the answer, and whoever knows the fact decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# The bands that a user's age, in years, is told in.
AGE_BANDS = ("under_25", "25_34", "35_44", "45_54", "55_64", "65_plus")
# Characters of an asset's ticker.
ASSET_MAX = 12


@dataclass(frozen=True, slots=True)
class Situation:
    """One withdrawal, as far as the exchange said; None is not said. `amount` is in `currency` (ISO 4217).

    `seen_enough`: campaigns that this user has been shown as often as their rule allows.
    Raises ValueError for what would rule a campaign out by a slip of the pen, as the API refuses it.
    """

    amount: Decimal | None = None
    currency: str | None = None
    asset: str | None = None
    network: str | None = None
    new_address: bool | None = None
    account_age_days: int | None = None
    age_band: str | None = None
    seen_enough: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.amount is None) != (self.currency is None):
            raise ValueError("amount and currency are given together")
        if self.amount is not None and not (isinstance(self.amount, Decimal) and self.amount.is_finite()):
            raise ValueError("amount is a finite Decimal")
        for code in (self.currency, self.asset, self.network):
            if code is not None and (not code or code != code.upper()):
                raise ValueError(f"{code!r} is no code in capitals")
        if self.age_band is not None and self.age_band not in AGE_BANDS:
            raise ValueError(f"{self.age_band!r} is none of {', '.join(AGE_BANDS)}")


UNSAID = Situation()


@dataclass(frozen=True, slots=True)
class Conditions:
    """Of a frozen campaign, read once; None holds for everyone."""

    min_amount: Decimal | None = None
    currency: str | None = None
    assets: frozenset[str] | None = None
    networks: frozenset[str] | None = None
    new_address: bool = False
    account_younger_than_days: int | None = None
    age_bands: frozenset[str] | None = None

    @classmethod
    def of(cls, frozen: Mapping[str, Any]) -> "Conditions | None":
        """None where there are none. One that is not known here is left to whoever reads the answer."""
        amount = frozen.get("min_amount")
        found = cls(
            min_amount=Decimal(amount["value"]) if amount else None,
            currency=amount["currency"] if amount else None,
            new_address=frozen.get("new_address") is True,
            account_younger_than_days=frozen.get("account_younger_than_days"),
            **{
                name: frozenset(frozen[name]) if frozen.get(name) else None
                for name in ("assets", "networks", "age_bands")
            },
        )
        return found if found != NONE else None

    def rule_out(self, said: Situation) -> bool:
        """Whether something that was said shows that this campaign is not for this withdrawal.

        An amount in another currency than the condition's shows nothing: we know no rates.
        """
        return (
            _is_less(said, self.min_amount, self.currency)
            or _is_other(said.asset, self.assets)
            or _is_other(said.network, self.networks)
            or _is_other(said.age_band, self.age_bands)
            or (self.new_address and said.new_address is False)
            or (
                self.account_younger_than_days is not None
                and said.account_age_days is not None
                and said.account_age_days >= self.account_younger_than_days
            )
        )


NONE = Conditions()


def _is_less(said: Situation, least: Decimal | None, currency: str | None) -> bool:
    return least is not None and said.amount is not None and said.currency == currency and said.amount < least


def _is_other(said: str | None, among: frozenset[str] | None) -> bool:
    return among is not None and said is not None and said not in among
