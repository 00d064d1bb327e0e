# syntax=docker/dockerfile:1
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY build build
COPY src src
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production \
    TIDINGS_HOST=0.0.0.0 \
    TIDINGS_PORT=8787 \
    TIDINGS_DATABASE=/data/tidings.db \
    TIDINGS_KEYS=/data/keys \
    TIDINGS_TEMPLATES=/data/templates \
    TIDINGS_OUTBOX=/data/outbox
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings its own Node, so the pinned one (optional) stays out.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force && install -d -o node -g node -m 0700 /data
COPY bin bin
COPY templates templates
COPY schema.sql ./
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TIDINGS_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/tidings.js"]
CMD ["serve"]
