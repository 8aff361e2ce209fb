# A release that is built once, and the service on it: docker build -t glocal . && docker run -p 8000:8000 glocal
# Nothing is downloaded when it runs; put a proxy with TLS before it (docs/threat-model.md).
# For several HTTP processes, docker run --init -e GLOCAL_WORKERS=2: somebody has to bury what those
# leave behind that are killed. For newer releases, mount a folder and let GLOCAL_RELEASE name a link
# in it.
FROM python:3.12-slim AS build
WORKDIR /glocal
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.lock requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
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
HEALTHCHECK --interval=30s --timeout=3s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["glocal"]
CMD ["serve"]
