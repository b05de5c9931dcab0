"""Fetches the recordings of calls: the URL is built from checked ids, what a payload calls a URL is never requested."""

from contextlib import closing
from http import HTTPStatus

import requests

from domain import wav
from domain.errors import NotYetError, PermanentError, RetryableError
from domain.recordings import Recording
from domain.vendors import Vendor
from providers.twilio import elsewhere, errors, sids
from providers.twilio.client import TwilioApi, refusal
from providers.twilio.reading import read
from settings import TwilioSettings

WAV = "audio/wav"
BAD_SID, TOO_LARGE, NOT_AUDIO = "twilio:bad_sid", "twilio:recording_too_large", "twilio:not_audio"
# Twilio answers 404 until a recording is completed, and for ever once it was deleted: it is asked again until its attempts are used up
NOT_FOUND = "twilio:recording_not_found"

MONO, DUAL = 1, 2
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class TwilioRecordings:
    """Implements ``domain.ports.Recordings``."""

    vendor: Vendor | None = Vendor.TWILIO

    def __init__(self, twilio: TwilioSettings, limit_s: float) -> None:
        """Connects nowhere yet. ``limit_s`` is the time after which whoever asks is given up."""
        self._api = TwilioApi(twilio, limit_s)
        self._max_bytes = twilio.recording_max_bytes

    def fetch(self, account: str, recording: str, channels: int | None) -> Recording:
        """The WAV of a recording, in two channels if it has or may have two (a 400 then means that it has one).

        Length and channels are those of its own header. Raises PermanentError for ids that are none, for more than RECORDING_MAX_BYTES, and
        for a redirect that leads where it must not; NotYetError for a recording that is not there (yet), for what is no audio, and whatever
        goes wrong at the place that a redirect names: that is one account's own, and Twilio is well.
        """
        if not sids.ACCOUNT.fullmatch(account) or not sids.RECORDING.fullmatch(recording):
            raise PermanentError(BAD_SID)
        path = f"/2010-04-01/Accounts/{account}/Recordings/{recording}.wav"
        deadline = self._api.deadline()
        with errors.reported(is_act=False):
            if channels != MONO and (found := self._audio(path, account, DUAL, deadline)):
                return found
            found = self._audio(path, account, MONO, deadline)
        if found is None:
            raise PermanentError(f"twilio:http_{HTTPStatus.BAD_REQUEST}")
        return found

    def _audio(self, path: str, account: str, channels: int, deadline: float) -> Recording | None:
        """The recording in so many channels; None if Twilio says that it has fewer."""
        with closing(self._api.open("GET", path, account, deadline, {}, params={"RequestedChannels": channels})) as answer:
            match answer.status_code:
                case HTTPStatus.OK:
                    return self._read(answer, deadline)
                case HTTPStatus.BAD_REQUEST:
                    return None
                case HTTPStatus.NOT_FOUND:
                    raise NotYetError(NOT_FOUND)
                case status if status in _REDIRECTS:
                    return self._from_elsewhere(answer, deadline)
            raise refusal(answer, deadline, is_act=False)

    def _from_elsewhere(self, answer: requests.Response, deadline: float) -> Recording:
        try:
            with errors.reported(is_act=False):
                return self._media(answer, deadline)
        except RetryableError as error:
            raise NotYetError(error.code) from None

    def _media(self, answer: requests.Response, deadline: float) -> Recording:
        place = elsewhere.checked(answer.headers.get("Location", ""), answer.url)
        with closing(elsewhere.get(place, deadline)) as media:
            if media.status_code in _REDIRECTS:
                raise PermanentError(errors.REDIRECT_REFUSED)
            if media.status_code != HTTPStatus.OK:
                # a signed link may have run out: the next attempt gets a new one
                raise NotYetError(f"twilio:media_http_{media.status_code}")
            return self._read(media, deadline)

    def _read(self, answer: requests.Response, deadline: float) -> Recording:
        audio = read(answer, self._max_bytes, PermanentError(TOO_LARGE), deadline)
        if not audio.startswith(b"RIFF"):
            raise NotYetError(NOT_AUDIO)
        return Recording(audio, WAV, *wav.probe(audio))
