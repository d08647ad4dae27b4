import { lazily } from './lazily.js';

/**
 * What secrets look like that can be told by their text alone, as of 2026-11. To add one, add an entry: its kind is
 * shown in place of the secret and counted.
 *
 * Sources: each vendor's own description of its token formats, beside the rule lists of gitleaks
 * (github.com/gitleaks/gitleaks, config/gitleaks.toml) and secretlint (github.com/secretlint/secretlint), which
 * were read for their kinds; no rule is copied. secretlint itself is asynchronous, one call per text, and needs
 * Node 22; rows are made synchronously, a million at a time.
 *
 * A pattern must take time linear in the text: it begins with a literal or a bounded class, and nothing unbounded
 * stands before a part that may be missing. `redact-text.test.ts` tries each against long texts.
 */
export interface SecretPattern {
  kind: string;
  /** Found in every text that `secret` matches, and quick to look for. */
  hint: string;
  secret: RegExp;
}

/** A token begins here: not within a word, but behind an escaped line feed of JSON text. */
const start = String.raw`(?<=^|[^A-Za-z0-9]|\\[nrt])`;

const token = (kind: string, hint: string, secret: string): SecretPattern => ({
  kind,
  hint,
  secret: new RegExp(start + secret, 'g'),
});

export const secretPatterns = lazily((): readonly SecretPattern[] => [
  {
    kind: 'private_key',
    hint: 'PRIVATE KEY',
    // A text that ends within the key has no END line.
    secret:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  token('age_key', 'AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-1[A-Z0-9]{20,}'),
  token('jwt', 'eyJ', String.raw`(?<![-_])eyJ[\w-]{8,}(?:\.[\w-]*){2,4}`),
  token(
    'aws_access_key',
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]',
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])',
  ),
  token('aws_bedrock_key', 'ABSK|bedrock-api-key-', String.raw`(?:ABSK|bedrock-api-key-)[\w+/-]{60,}={0,2}`),
  token('google_api_key', 'AIza', String.raw`AIza[\w-]{35}`),
  token(
    'google_oauth',
    String.raw`ya29\.|GOCSPX-|1//0`,
    String.raw`(?:ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{30,})`,
  ),
  token('azure_client_secret', '8Q~', String.raw`[\w~.-]{3}8Q~[\w~.-]{31,34}`),
  token('anthropic_key', 'sk-ant-', String.raw`sk-ant-(?:[a-z]{2,10}\d{2}-[\w-]{16,}|[\w-]{32,})`),
  token(
    'openai_key',
    'sk-(?:proj|svcacct|admin|None)-',
    String.raw`sk-(?:proj|svcacct|admin|None)-[\w-]{16,}`,
  ),
  token('openrouter_key', 'sk-or-v1-', 'sk-or-v1-[0-9a-f]{32,}'),
  token('api_key', 'sk-[A-Za-z0-9]', 'sk-[A-Za-z0-9]{20,}'),
  token(
    'github_token',
    'gh[pousr]_|github_pat_',
    String.raw`(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})`,
  ),
  token(
    'gitlab_token',
    'gl[a-z]{2,5}-',
    String.raw`gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[\w-]{20,}`,
  ),
  token(
    'slack_token',
    'xox[a-z]|xapp-',
    String.raw`(?:xox[a-z](?:\.xox[a-z])?-[\w-]{10,}|xapp-\d-[\w-]{10,})`,
  ),
  {
    kind: 'slack_webhook',
    hint: String.raw`hooks\.slack\.com`,
    secret: /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{10,}/g,
  },
  {
    kind: 'discord_webhook',
    hint: '/api/webhooks/',
    secret: /(?<=\/api\/webhooks\/\d{1,25}\/)[\w-]{20,}/g,
  },
  token(
    'discord_token',
    String.raw`\.[\w-]{6}\.[\w-]{27}`,
    String.raw`[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])`,
  ),
  token('telegram_token', ':AA', String.raw`\d{8,10}:AA[\w-]{33}(?![\w-])`),
  token(
    'stripe_key',
    '[rsp]k_(?:live|test)_|whsec_',
    String.raw`(?:[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,})`,
  ),
  token('npm_token', 'npm_[A-Za-z0-9]', 'npm_[A-Za-z0-9]{30,}'),
  token('pypi_token', 'pypi-A', String.raw`pypi-A[\w-]{40,}`),
  token('rubygems_key', 'rubygems_[0-9a-f]', 'rubygems_[0-9a-f]{40,}'),
  token('docker_token', 'dckr_', String.raw`dckr_(?:pat|oat)_[\w-]{20,}`),
  token('twilio_key', 'SK[0-9a-f]{4}', 'SK[0-9a-f]{32}(?![0-9a-f])'),
  token('sendgrid_key', String.raw`SG\.`, String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`),
  token('mailgun_key', 'key-[0-9a-f]{4}', 'key-[0-9a-f]{32}(?![0-9a-f])'),
  token('mailchimp_key', String.raw`-us\d`, String.raw`[0-9a-f]{32}-us\d{1,2}(?!\d)`),
  token('huggingface_token', 'hf_[A-Za-z]', 'hf_[A-Za-z0-9]{30,}'),
  token('replicate_token', 'r8_[A-Za-z0-9]', 'r8_[A-Za-z0-9]{30,}'),
  token('groq_key', 'gsk_[A-Za-z0-9]', 'gsk_[A-Za-z0-9]{30,}'),
  token('xai_key', 'xai-[A-Za-z0-9]', 'xai-[A-Za-z0-9]{30,}'),
  token('perplexity_key', 'pplx-[A-Za-z0-9]', 'pplx-[A-Za-z0-9]{30,}'),
  token('digitalocean_token', 'do[opr]_v1_', 'do[opr]_v1_[0-9a-f]{40,}'),
  token('databricks_token', 'dapi[0-9a-f]', 'dapi[0-9a-f]{32}(?:-\\d)?(?![0-9a-f])'),
  token('shopify_token', 'shp(?:at|ca|pa|ss)_', 'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{30,}'),
  token('square_token', 'sq0[a-z]{3}-', String.raw`sq0[a-z]{3}-[\w-]{20,}`),
  token('linear_key', 'lin_(?:api|oauth)_', 'lin_(?:api|oauth)_[A-Za-z0-9]{30,}'),
  token('notion_token', 'ntn_|secret_[A-Za-z0-9]', '(?:ntn_|secret_)[A-Za-z0-9]{40,}'),
  token('figma_token', 'fig[dou][a-z]?_', String.raw`fig(?:d|o[ahr]|u[ahr])_[\w-]{30,}`),
  token('atlassian_token', 'ATATT3|ATCTT3|ATBB', String.raw`(?:AT[AC]TT3[\w=-]{40,}|ATBB[A-Za-z0-9]{24,})`),
  token('vault_token', String.raw`hv[bsr]\.`, String.raw`hv[bsr]\.[\w-]{20,}`),
  token('terraform_token', String.raw`\.atlasv1\.`, String.raw`[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}`),
  token(
    'doppler_token',
    String.raw`dp\.(?:pt|st|ct|sa|scim|audit)\.`,
    String.raw`dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,}`,
  ),
  token('postman_key', 'PMAK-', 'PMAK-[0-9a-f]{20,}-[0-9a-f]{20,}'),
  token('newrelic_key', 'NRAK-|NRII-', String.raw`NR(?:AK|II)-[\w-]{20,}`),
  token(
    'grafana_token',
    'gls?[ac]_',
    String.raw`(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,}={0,3})`,
  ),
  token('sentry_token', 'sntry[su]_', String.raw`sntry[su]_[\w+/=-]{30,}`),
  token('planetscale_token', 'pscale_', String.raw`pscale_(?:tkn|pw|oauth)_[\w.=-]{30,}`),
  token('supabase_key', 'sbp_|sb_secret_', String.raw`(?:sbp_[0-9a-f]{40,}|sb_secret_[\w-]{20,})`),
  token('airtable_token', 'pat[A-Za-z0-9]{14}', String.raw`pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}`),
  token('dropbox_token', String.raw`sl\.`, String.raw`sl\.(?:u\.)?[\w-]{60,}`),
  token('netlify_token', 'nfp_', 'nfp_[A-Za-z0-9]{36,}'),
  token('heroku_key', 'HRKU-', String.raw`HRKU-[\w-]{30,}`),
  token('pulumi_token', 'pul-[0-9a-f]', 'pul-[0-9a-f]{40}'),
]);
