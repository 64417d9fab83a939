# One image for pages, workers and clock. Build: docker compose build
FROM node:22-bookworm-slim AS front-end
WORKDIR /kith
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 DJANGO_SETTINGS_MODULE=config.settings
RUN useradd --system --uid 10001 --home-dir /kith --shell /usr/sbin/nologin kith
WORKDIR /kith
COPY requirements.txt ./
RUN pip install -r requirements.txt
COPY --from=front-end /kith/node_modules node_modules
COPY . .
# Pages' files belong to the image; what companies upload goes into a volume below the same folder.
RUN python -m config.launcher.translations \
    && python manage.py collectstatic --no-input --verbosity 0 \
    && install -d -o kith -g kith .kith/files .kith/run
USER kith
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "config.wsgi:application", "--worker-class", "config.worker.Worker", "--workers", "2", "--threads", "8", \
     "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-", \
     "--logger-class", "config.access_log.WebLogger", "--no-control-socket"]
