#!/bin/bash
# SPDX-License-Identifier: MIT
# uwsgi, which embeds Python, on a read-only root: each of two workers loads the program.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/readonly_root.bash"

need uwsgi
compgen -G '/usr/lib/uwsgi/plugins/python3*' >/dev/null || skip_all "no Python in uwsgi"

# shellcheck disable=SC2119 # nothing but the standard library
make_image
cat >"$IMAGE$PACKAGES/hello.py" <<'END'
import asyncio, email.mime.text, json, logging.config, unittest.mock, xml.etree.ElementTree

def application(environ, start_response):
    import html  # at the first request
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [json.dumps([email.__name__, html.escape("<hello>")]).encode()]
END
oracle=(--python '(^|/)(python|uwsgi)[^/]*$')
program=(uwsgi --plugin python3 --http-socket 127.0.0.1:0 --master --processes 2 --lazy-apps
	--pidfile "$W/pid" --module hello --die-on-term --need-app)
meanwhile() { serve_and_end 'WSGI app 0 .* ready' 2; }

image none plain overlay redirect bubblewrap
image all prefix redirect
image some redirect
image stale redirect
