# The worker: Node, its libraries and the compiled program, nothing else; no shell, no package manager.
#
#   docker build -f Dockerfile.app -t barista/worker .

FROM docker.io/library/node:24.21.0-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No package needs its install script here: the only one that has any brings the Node that this image has already.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY app app
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json

FROM docker.io/library/node:24.21.0-bookworm-slim AS dependencies
WORKDIR /src
COPY package.json package-lock.json ./
# The operator's dependencies stay out, and so does what only compilers and people read.
RUN npm uninstall --ignore-scripts --no-audit --no-fund --omit=dev @kubernetes/client-node yaml \
    && rm -rf node_modules/.package-lock.json \
    && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' -o -name '*.md' \) -delete

# Node and the shared libraries that it is linked to. Node carries the certificates of public authorities itself, and the
# C library finds host names without further files.
FROM docker.io/library/node:24.21.0-bookworm-slim AS runtime
RUN mkdir -p /runtime/etc \
    && cp --parents -L /usr/local/bin/node $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /runtime \
    && echo 'barista:x:1000:1000::/app:/sbin/nologin' > /runtime/etc/passwd

FROM scratch
ARG VERSION=dev
ARG REVISION=
COPY --from=runtime /runtime/ /
COPY --from=dependencies /src/node_modules /app/node_modules
COPY --from=build /src/dist /app/dist
COPY package.json LICENSE /app/
WORKDIR /app
# With an arena for each thread, the C library keeps what one of them has freed from the others; here all large pieces come from one thread.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
ENV BARISTA_VERSION=${VERSION} BARISTA_GIT_REVISION=${REVISION}
USER 1000:1000
EXPOSE 8080
# SCDF adds its properties as arguments. Little is held and much passes through, so that V8 alone would take three times what is needed before it collects; and the semi-space is small
# because short-lived records would fill a large one before they are collected. Nor is anything made where lasting things are because its like has lasted before: what a backlog holds
# for long goes at once when orders come singly, and clearing up there is what takes long.
ENTRYPOINT ["/usr/local/bin/node", "--enable-source-maps", "--max-semi-space-size=4", "--initial-old-space-size=32", "--heap-growing-percent=30", "--no-allocation-site-pretenuring", "dist/app/main.js"]
