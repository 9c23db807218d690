# Sourced by the Makefile: each function finds a program that a target needs, or says how to get it.

missing() {
	printf '%s\n' "$@" >&2
	return 1
}

# Sets PYTHON to a Python that the services run on.
require_python() {
	for PYTHON in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
		if "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
			"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null && return
			missing "$PYTHON cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"
			return
		fi
	done
	missing "supportbot needs Python 3.11 or newer and found none." \
		"Get it from https://www.python.org/downloads/ or with your package manager (apt install python3, brew install python)."
}

require_node() {
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		missing "The page is built with Node.js 20.19 or newer, with npm. It was not found." \
			"Get it from https://nodejs.org/ or with your package manager (apt install nodejs npm, brew install node)."
		return
	fi
	node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' && return
	missing "The page is built with Node.js 20.19 or newer. This is $(node --version)." \
		"Get a newer one from https://nodejs.org/ or with your package manager."
}

require_chromium() {
	for browser in chromium chromium-browser google-chrome; do
		if command -v "$browser" >/dev/null; then
			echo "Browser: $(command -v "$browser")"
			return
		fi
	done
	missing "The end-to-end tests drive a real Chromium and found none." \
		"Install it: apt install chromium, or brew install --cask chromium."
}
