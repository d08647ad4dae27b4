/**
 * Made-up secrets, one of each kind. They are put together here, so that no scanner takes this file for a leak, and
 * each carries a mark that stands nowhere else: whatever of it is found anywhere has leaked.
 */

/** Letters and digits, as many as wanted, the same at each run. */
function filler(length: number, letters = 'Zq7Rw4Ty9Kp2Lm5Xc8Vb3Nd6Hs1Jf'): string {
  return letters.repeat(Math.ceil(length / letters.length)).slice(0, length);
}
const hex = (length: number) => filler(length, '7e42f292c6912e7710c838347ae178b4');
const upper = (length: number) => filler(length, 'Q7RW4TY2KP3LM5XC');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const joined = (...parts: string[]) => parts.join('');

/** A secret as it stands in a text, and the part of it that must be found nowhere. */
export interface PlantedSecret {
  kind: string;
  text: string;
  secret: string;
}

const whole = (kind: string, ...parts: string[]): PlantedSecret => ({
  kind,
  text: joined(...parts),
  secret: joined(...parts),
});
const within = (kind: string, before: string, secret: string, after = ''): PlantedSecret => ({
  kind,
  text: `${before}${secret}${after}`,
  secret,
});

/** Secrets that are told by what they look like: wherever they stand, they are redacted. */
export const plantedSecrets: readonly PlantedSecret[] = [
  whole('aws_access_key', 'AK', 'IA', upper(16)),
  whole('aws_access_key', 'AS', 'IA', upper(16)),
  whole('google_api_key', 'AI', 'za', filler(35)),
  whole('google_oauth', 'ya', '29.', filler(40)),
  whole('google_oauth', 'GOC', 'SPX-', filler(28)),
  whole('azure_client_secret', 'abc', '8Q', '~', filler(34)),
  whole('anthropic_key', 'sk-', 'ant-', 'api03-', filler(60)),
  whole('anthropic_key', 'sk-', 'ant-', 'oat01-', filler(60)),
  whole('openai_key', 'sk-', 'proj-', filler(48)),
  whole('openrouter_key', 'sk-', 'or-v1-', hex(64)),
  whole('api_key', 'sk', '-', filler(48)),
  whole('github_token', 'gh', 'p_', filler(36)),
  whole('github_token', 'github', '_pat_', filler(22), '_', filler(59)),
  whole('gitlab_token', 'gl', 'pat-', filler(20)),
  whole('slack_token', 'xo', 'xb-', '123456789012-', filler(24)),
  whole('slack_token', 'xa', 'pp-', '1-', filler(40)),
  within(
    'slack_webhook',
    'https://hooks.' + 'slack.com/services/',
    joined('T0', upper(8), '/B0', upper(8), '/', filler(24)),
  ),
  within('discord_webhook', 'https://discord' + '.com/api/webhooks/1234567890/', filler(60)),
  whole('discord_token', 'M', filler(24), '.', filler(6), '.', filler(30)),
  whole('telegram_token', '123456789', ':A', 'A', filler(33)),
  whole('stripe_key', 'sk', '_live_', filler(24)),
  whole('stripe_key', 'wh', 'sec_', filler(32)),
  whole('npm_token', 'np', 'm_', filler(36)),
  whole('pypi_token', 'py', 'pi-A', filler(60)),
  whole('docker_token', 'dc', 'kr_pat_', filler(27)),
  whole('twilio_key', 'S', 'K', hex(32)),
  whole('sendgrid_key', 'S', 'G.', filler(22), '.', filler(43)),
  whole('mailgun_key', 'ke', 'y-', hex(32)),
  whole('mailchimp_key', hex(32), '-u', 's12'),
  whole('huggingface_token', 'h', 'f_', filler(34)),
  whole('digitalocean_token', 'do', 'p_v1_', hex(64)),
  whole('databricks_token', 'da', 'pi', hex(32)),
  whole('shopify_token', 'shp', 'at_', hex(32)),
  whole('linear_key', 'lin', '_api_', filler(40)),
  whole('notion_token', 'nt', 'n_', filler(46)),
  whole('figma_token', 'fi', 'gd_', filler(40)),
  whole('atlassian_token', 'ATA', 'TT3', filler(60)),
  whole('vault_token', 'hv', 's.', filler(30)),
  whole('grafana_token', 'gl', 'sa_', filler(32), '_', hex(8)),
  whole('jwt', 'ey', 'J', filler(30), '.ey', 'J', filler(60), '.', filler(43)),
  within(
    'private_key',
    '-----BEGIN RSA ' + 'PRIVATE KEY-----\n',
    `${filler(64)}\n${filler(40)}`,
    '\n-----END RSA ' + 'PRIVATE KEY-----',
  ),
  within('url_password', 'postgres://' + 'shop:', 'Zq7Rw4Ty9@Kp2', '@db.internal:5432/shop'),
  within('url_parameter', 'https://files.internal/a?sv=1&' + 'sig=', 'Zq7Rw4Ty9Kp2Lm5Xc8', '&x=1'),
  within('bearer', 'Bear' + 'er ', 'Zq7Rw4Ty9Kp2Lm5'),
  within('basic', 'Bas' + 'ic ', base64('planted-user:planted-word')),
  within('password', 'pass' + 'word=', 'Zq7Rw4Ty'),
  within('api_key', 'AWS_SECRET_ACCESS_' + 'KEY=', filler(40)),
  within(
    'api_key',
    'DefaultEndpointsProtocol=https;Account' + 'Key=',
    joined(filler(80), '=='),
    ';EndpointSuffix=core',
  ),
  within('email', '', 'planted.person+tag@mail.planted-example.org'),
  within('email', 'mailto:', 'planted.person%40planted-example.org'),
];

/** Names under which a value is a secret, whatever it looks like. */
export const secretNames: readonly string[] = [
  ...[
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'set-cookie',
    'token',
    'access_token',
    'x-auth-token',
  ],
  ...['api_key', 'x-api-key', 'apiKey', 'secret', 'client_secret', 'clientSecret', 'password', 'db.password'],
  ...['DB_PASSWD', 'passphrase', 'private_key', 'aws_secret_access_key', 'credentials', 'connectionString'],
  ...['http.request.header.authorization', 'http.request.header.x-api-key', 'pwd', 'auth'],
];

/** A word that looks like nothing: only the name above it tells that it is a secret. */
export const plainWord = 'plantedplainword';
