"""Outgoing mail: tried again and again, then put aside."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from mail.parser import Message, is_auto_reply, recipients

RETRY_MINUTES = (1, 5, 15, 60, 240)


class DeliveryFailed(Exception):
    def __init__(self, reason: str, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


@dataclass(order=True)
class Job:
    due: float
    order: int
    message: Message = field(compare=False)
    mailbox: str = field(compare=False)
    tries: int = field(default=0, compare=False)


class OutgoingQueue:
    def __init__(self, deliver: Callable[[Message, str], None]) -> None:
        self._deliver = deliver
        self._heap: list[Job] = []
        self._order = itertools.count()
        self.dead_letters: list[tuple[Message, str, str]] = []

    def enqueue(self, message: Message, now: float) -> int:
        """One job per recipient, so that one bad mailbox does not hold up the others."""
        if is_auto_reply(message):
            return 0
        mailboxes = recipients(message)
        for mailbox in mailboxes:
            heapq.heappush(self._heap, Job(now, next(self._order), message, mailbox))
        return len(mailboxes)

    def run_due(self, now: float) -> int:
        """Delivers what is due; returns how many went out."""
        sent = 0
        while self._heap and self._heap[0].due <= now:
            job = heapq.heappop(self._heap)
            try:
                self._deliver(job.message, job.mailbox)
                sent += 1
            except DeliveryFailed as failure:
                self._put_back(job, failure, now)
        return sent

    def _put_back(self, job: Job, failure: DeliveryFailed, now: float) -> None:
        if failure.permanent or job.tries >= len(RETRY_MINUTES):
            self.dead_letters.append((job.message, job.mailbox, str(failure)))
            return
        job.due = now + RETRY_MINUTES[job.tries] * 60
        job.tries += 1
        heapq.heappush(self._heap, job)

    def __len__(self) -> int:
        return len(self._heap)
