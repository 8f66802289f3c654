# The workspace and its data are mounted at /company; see docs/operations.md.
FROM python:3.11-slim

# LightGBM needs the OpenMP runtime, which the slim image lacks
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*

RUN useradd --uid 10001 --create-home foresale && mkdir /company && chown foresale /company
ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    NUMBA_CACHE_DIR=/home/foresale/.cache/numba

WORKDIR /app
COPY requirements/build.lock requirements/service.lock requirements/
RUN pip install --no-deps --require-hashes -r requirements/build.lock \
 && pip install --no-deps --no-build-isolation --use-pep517 --require-hashes -r requirements/service.lock
COPY . .
RUN pip install --no-deps --no-build-isolation -e .

USER foresale
VOLUME /company
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
ENTRYPOINT ["foresale", "--workspace", "/company/foresale.toml"]
# a container is reached through its network, so loopback would be unreachable: put a TLS proxy in front
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
