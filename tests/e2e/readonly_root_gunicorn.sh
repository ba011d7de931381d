#!/bin/bash
# SPDX-License-Identifier: MIT
# Django behind gunicorn with four workers on a read-only root.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/readonly_root.bash"

clean_env "$python" -s -c 'import django, gunicorn' 2>/dev/null || skip_all "no Django with gunicorn"

make_image asgiref django gunicorn packaging pkg_resources pytz sqlparse
cat >"$IMAGE$PACKAGES/site_of_four.py" <<'END'
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(SECRET_KEY="not secret", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
application = get_wsgi_application()

def page(request):
    from django.utils import lorem_ipsum  # at the first request
    return HttpResponse(lorem_ipsum.words(5))

urlpatterns = [path("", page)]
END
cat >"$IMAGE$PACKAGES/settings_of_four.py" <<'END'
bind, workers = "127.0.0.1:0", 4

def post_worker_init(worker):
    worker.log.info("this worker is ready")
END
program=("$python" -s -m gunicorn -c python:settings_of_four -p "$W/pid"
	--worker-tmp-dir "$W/tmp" site_of_four:application)
meanwhile() { serve_and_end 'is ready' 4; }

image none plain overlay redirect bubblewrap
image all prefix redirect
image stale redirect
