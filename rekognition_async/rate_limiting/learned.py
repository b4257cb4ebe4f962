"""The pace that a service is seen to bear: nothing is held back until it refuses.

From the first refusal on, the rate is what the service took, searched upwards until it refuses
again. After that it goes up by the same small steps in every process, and down in proportion:
so processes that share a quota, and nothing else, come to even parts of it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from rekognition_async.rate_limiting.pacing import LATEST_SLOT

# The figures are from simulations, those in tests/unit/test_rate_limiting.py among them.
_FIRST_CUT: Final = 0.85
"""Part of what was taken in the last second, some of which was a burst."""
_LEAST_FIRST_PART: Final = 0.2
"""Part of AWS's default quota, for a process that comes when others have used up the second."""
_LEAST_PART: Final = 0.01
_CUT: Final = 0.7
_LEAST_BETWEEN_CUTS: Final = 0.5
_STEP_PART: Final = 0.004
"""Part of AWS's default quota by which the rate grows each second."""
_SEARCH_FACTOR: Final = 1.3
"""By which the rate grows each second as long as the quota seems to be far."""
_UNREFUSED_BEFORE_SEARCH: Final = 30
"""Answers in a row, after which the quota seems to be far."""
_UNREFUSED_IN_FLEET: Final = 60
"""The same where the rate is less than half of AWS's default, so that others seem to share it."""
_LONGEST_DELAY: Final = 1.0
_LOOKS_BACK: Final = 1.0
_CHANCE_ANSWERS: Final = 2
"""More answers than were counted: so many may be missing from a second by chance."""


class LearnedRate:
    """The learned rate of one operation in one region; a `Pacing`."""

    def __init__(self, default_quota: float) -> None:
        """Takes AWS's default quota of the operation, as the measure of careful steps."""
        self._default_quota = default_quota
        self.restart()

    def restart(self) -> None:
        """Forgets what was learnt."""
        self._rate: float | None = None
        self._searching = True
        self._next_slot = 0.0
        self._head_asked: float | None = None
        self._last_cut = 0.0
        self._unrefused = 0
        self._answers: deque[float] = deque()

    def rate(self) -> float | None:
        """The learned rate; None as long as nothing was refused."""
        return self._rate

    def is_free(self, now: float) -> bool:
        """Whether the next slot has come."""
        return self._rate is None or now >= self._next_slot

    async def delay(self, now: float) -> float:
        """The seconds to the next slot, or until it may have moved.

        By asking again, the head shows that somebody waits, and only then the rate grows.
        """
        if self._rate is None:
            return 0.0
        if self._head_asked is not None:
            self._grow(self._rate, min(now - self._head_asked, _LONGEST_DELAY))
        self._head_asked = now
        return min(self._next_slot - now, _LONGEST_DELAY)

    def sent(self, now: float) -> None:
        """Moves on to the next slot."""
        self._head_asked = None
        if self._rate is not None:
            self._next_slot = max(self._next_slot, now - LATEST_SLOT) + 1 / self._rate

    def answered(self, now: float) -> None:
        """Counts what the service took."""
        self._unrefused += 1
        self._answers.append(now)
        self._forget(now)

    def refused(self, sent: float, now: float) -> None:
        """Slows down, once for all that was under way together."""
        self._unrefused = 0
        self._forget(now)
        if self._rate is None:
            rate = _FIRST_CUT * len(self._answers)
            least = _LEAST_FIRST_PART * self._default_quota
        elif sent > self._last_cut and now - self._last_cut >= _LEAST_BETWEEN_CUTS:
            self._searching = False
            rate = _CUT * self._rate
            # Far beyond the quota, what the service took says more than what was sent; not within
            # a second, for the service may count by whole ones.
            taken = (len(self._answers) + _CHANCE_ANSWERS) / _LOOKS_BACK
            if taken < self._rate / 2 and now - self._last_cut >= _LOOKS_BACK:
                rate = _CUT * taken
            least = _LEAST_PART * self._default_quota
        else:
            return
        self._rate = max(rate, least)
        self._last_cut = now
        self._answers.clear()
        self._next_slot = now + 1 / self._rate

    def _grow(self, rate: float, seconds: float) -> None:
        has_others = rate < self._default_quota / 2
        enough = _UNREFUSED_IN_FLEET if has_others else _UNREFUSED_BEFORE_SEARCH
        if self._searching or self._unrefused >= enough:
            self._rate = rate * _SEARCH_FACTOR**seconds
        else:
            self._rate = rate + _STEP_PART * self._default_quota * seconds

    def _forget(self, now: float) -> None:
        while self._answers and self._answers[0] <= now - _LOOKS_BACK:
            self._answers.popleft()
