"""The Celery application. It imports no step: the worker does, by the names in celeryconfig."""

from celery import Celery

# none of its fix-ups: the one for Django, which is not here, would load the whole worker into the front
app = Celery("hookline", fixups=())
app.config_from_object("celeryconfig")
