"""A space before the time, and the clock of messages and opening hours: 09:05."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y年n月j日 H:i"
