# One image, several roles: the command decides (compose.yaml names them all).

# The minor version that the tests run on.
ARG PYTHON_VERSION=3.11

FROM node:24-slim AS packages
WORKDIR /packages
COPY package.json package-lock.json .npmrc ./
# Others' packages are only copied from, so none of their scripts has to run.
RUN npm ci --omit=dev --ignore-scripts

FROM python:${PYTHON_VERSION}-slim AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PROJECT_ENVIRONMENT=/opt/venv \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir "uv<1"
WORKDIR /app
COPY pyproject.toml uv.lock ./
# The lockfile's hashes are checked; neither the embedded servers nor the tools of development come along.
RUN uv sync --frozen --no-default-groups
COPY . .
COPY --from=packages /packages/node_modules node_modules
ENV PATH=/opt/venv/bin:$PATH
RUN PORTAL_BUILD=1 python -m portal.build \
    && rm -r node_modules \
    && python -m compileall -q portal campaigns casesupport

FROM python:${PYTHON_VERSION}-slim
RUN groupadd --system --gid 10001 portal \
    && useradd --system --uid 10001 --gid portal --no-create-home --home-dir /nonexistent portal
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The code belongs to root; the portal may write its documents and nothing else.
RUN install -d -o portal -g portal -m 0700 var/documents var/delivery
USER 10001:10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--http", "1", "--no-ws", "--respawn-failed-workers", \
     "--workers-kill-timeout", "30", "portal.wsgi:application"]
