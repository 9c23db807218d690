# One image for every service; the command says which one runs.

FROM node:22-slim AS page
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.14-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /venv
COPY requirements.lock requirements-build.lock requirements-vectors.lock /locks/
RUN --mount=type=cache,target=/root/.cache/pip \
    /venv/bin/pip install --require-hashes -r /locks/requirements.lock \
    && /venv/bin/pip install --require-hashes --no-deps -r /locks/requirements-vectors.lock \
    && /venv/bin/pip install --require-hashes --target /build-tools -r /locks/requirements-build.lock
# Installed in place: the code runs from /app, beside the knowledge and the page.
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY services/__init__.py services/
RUN PYTHONPATH=/build-tools /venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && /venv/bin/pip uninstall --yes pip

FROM python:3.14-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin supportbot
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ROUTER_CACHE_DIR=/app/cache KNOWLEDGE_CACHE_DIR=/app/cache
WORKDIR /app
COPY --from=packages /venv /venv
COPY pyproject.toml alembic.ini ./
COPY knowledge/ knowledge/
COPY --from=page /web/dist web/dist
COPY services/ services/
RUN PYTHONDONTWRITEBYTECODE= python -m compileall -q services
# The vectors of the intents' examples and of the articles are computed once, here, and not at each start.
RUN python -m services.router_worker.language_models.classifiers \
    && python -m services.router_worker.claims.learning \
    && python -m services.tools_worker.knowledge.loading && chmod -R a+rX cache
USER 10001
CMD ["python", "-m", "services.gateway.app"]
