/** A Deployment that answers for its readiness, as text. */
export const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 4
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /ready, port: http } }
`;

/** Two lines that every analysis has: a check each minute, three failed ones take a release back. */
export const EACH_MINUTE = 'interval: 1m, threshold: 3';

/** A Canary over that Deployment as text, with an analysis (a flow mapping without braces) and more of its spec. */
export const canaryText = (
  analysis: string,
  spec = 'provider: istio',
  service = 'port: 80, targetPort: http',
): string => `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: web }
spec:
  ${spec}
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  service: { ${service} }
  analysis: { ${analysis} }
`;

/** The builtin check of the rate of success, which must be 99 %. */
export const SUCCESS_RATE = 'metrics: [{ name: request-success-rate, thresholdRange: { min: 99 } }]';

/** One hook of a type, whose name is its type. */
export const webhook = (type: string, more = ''): string =>
  `{ name: ${type}, type: ${type}, url: "http://hooks.test/${type}"${more} }`;
