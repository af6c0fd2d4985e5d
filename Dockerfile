# The sandbox as an image: docker build -t sca-sandbox . && docker run -p 4010:4010 sca-sandbox
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --ignore-scripts --no-audit --no-fund --no-update-notifier
COPY src src
COPY .ci/precompile.js .ci/precompile.js
COPY spec spec
COPY scenarios scenarios
COPY tsconfig.json ./
RUN npm run build

FROM node:24-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What only developers read makes half of the packages' size.
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier \
 && find node_modules -type f \( -name '*.map' -o -name '*.md' -o -name '*.d.ts' -o -name '*.d.mts' \
      -o -name '*.d.cts' \) -delete \
 && find node_modules -depth -type d \( -name test -o -name tests -o -name docs -o -name examples \) \
      -exec rm -rf {} +
COPY --from=build /app/dist dist
COPY spec spec
COPY scenarios scenarios
# Compiled code is kept for the first start, which then need not write anything. It answers one
# request, so that what is loaded late is in it, too. Node keeps it by the user's number, and writes
# it when it ends: as another user, or not waited for, all would be compiled anew at every start.
ENV NODE_COMPILE_CACHE=/app/.cache
RUN install -d -o node .cache
USER node
RUN node dist/cli.js --port 4010 --log-level warn & \
    until node dist/cli.js health 2>/dev/null; do sleep 0.2; done \
 && node -e "fetch('http://127.0.0.1:4010/multi/stepup/challenges/otp/SMS', { method: 'POST' })" \
 && kill $! && wait $! && chmod -R a+rX .cache

FROM node:24-slim
ARG VERSION=0.1.0
# docker build --build-arg REVISION=$(git rev-parse HEAD) --build-arg CREATED=$(date -u +%FT%TZ) .
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="sca-sandbox" \
      org.opencontainers.image.description="A stateful sandbox for one-time-password and strong-customer-authentication APIs" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.documentation="/app/README.md" \
      org.opencontainers.image.base.name="docker.io/library/node:24-slim"
WORKDIR /app
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.cache \
    HOST=0.0.0.0 \
    SANDBOX_SPEC=/app/spec,/specs? \
    SANDBOX_SCENARIOS=/scenarios?
COPY --from=production /app /app
COPY README.md ./
COPY docs docs
USER node
EXPOSE 4010
STOPSIGNAL SIGTERM
# Asked often until the first yes, so that what waits for it does not wait longer than the start takes.
HEALTHCHECK --interval=5s --timeout=4s --start-period=15s --start-interval=1s \
  CMD ["node", "/app/dist/cli.js", "health"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
