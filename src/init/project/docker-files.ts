/** An image that keeps a project, and how Docker Compose runs it. Pure. */
import type { ProjectFacts } from './project-facts.js';

/** An exact tag: Node's line with long support on a small Debian. */
const IMAGE = 'node:24.11.1-slim';

/** The image: not root, healthy while the copy is fresh. */
export function dockerfile({ version, max_age }: ProjectFacts): string {
  return `# The image of this project: it runs xano as the user node in /project, and is healthy while the copy is fresh.
FROM ${IMAGE}
RUN npm install --global --no-fund --no-audit xano-connector@${version} && npm cache clean --force
RUN mkdir /project && chown node:node /project
WORKDIR /project
USER node
COPY --chown=node:node xano.yaml ./
VOLUME /project
HEALTHCHECK --interval=5m --timeout=30s --start-period=1h CMD ["xano", "status", "--max-age", "${max_age}"]
ENTRYPOINT ["xano"]
CMD ["load"]
`;
}

/** Files that do not belong into the image: secrets above all. */
export const DOCKERIGNORE = `# Only xano.yaml belongs into the image: no secrets, no data.
*
!xano.yaml
`;

/** Two services on one volume: the page that shows the copy, and the load that a scheduler starts. */
export function composeFile({ name, variables }: ProjectFacts): string {
  return `# \`docker compose up -d dashboard\` shows the copy; \`docker compose run --rm load\` loads, from cron for example.
name: xano-${name.toLowerCase()}
x-xano: &xano
  build: .
  environment:
${variables.map((variable) => `    ${variable}: \${${variable}:-}`).join('\n')}
  volumes:
    - data:/project
    - ./xano.yaml:/project/xano.yaml:ro
services:
  load:
    <<: *xano
    command: [load]
    profiles: [load]
    healthcheck:
      disable: true
  dashboard:
    <<: *xano
    command: [dashboard, --read-only, --host, 0.0.0.0, --port, "8800", --no-open]
    ports:
      - 127.0.0.1:8800:8800
    restart: unless-stopped
volumes:
  data:
`;
}
