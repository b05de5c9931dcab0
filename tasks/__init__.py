"""The Celery application. It imports no step: the worker does, by the names in celeryconfig."""

from celery import Celery

app = Celery("hookline")
app.config_from_object("celeryconfig")
