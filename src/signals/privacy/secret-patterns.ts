/** Patterns of secrets that are recognised by their text alone: the tokens and keys of vendors. */
import { lazily } from './lazily.js';

/**
 * The patterns of secrets that are recognised by their text alone, as of 2026-11. To add one, add an entry and a
 * planted example in tests/helpers/secrets.ts: its kind is shown in place of the secret and counted.
 *
 * Sources: each vendor's description of its token formats, and the rule lists of gitleaks
 * (github.com/gitleaks/gitleaks, config/gitleaks.toml) and secretlint (github.com/secretlint/secretlint), which were
 * read for their kinds; no rule is copied. secretlint itself is asynchronous, with one call per text, and needs Node
 * 22; rows are made synchronously, a million at a time.
 *
 * A token is found within a word too (after `id_`, or before a letter); only a pattern that begins with a prefix of two
 * letters must stand alone. A pattern must take time linear in the text: it begins with a literal or a bounded class,
 * and nothing unbounded is before an optional part. `linear.test.ts` relies on that.
 */
export interface SecretPattern {
  kind: string;
  /** Matches every text that `secret` matches, and is quick to search for. */
  hint: string;
  secret: RegExp;
}

const pattern = (kind: string, hint: string, secret: string): SecretPattern => ({
  kind,
  hint,
  secret: new RegExp(secret, 'g'),
});

/** A secret that begins like many words must not be within a word, but may follow an escaped line feed of JSON text. */
const apart = (kind: string, hint: string, secret: string) =>
  pattern(kind, hint, String.raw`(?<=^|[^A-Za-z0-9]|\\[nrt])(?:${secret})`);

const r = String.raw;

export const secretPatterns = lazily((): readonly SecretPattern[] => [
  // A text that ends within the key has no END line.
  pattern(
    'private_key',
    'BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY',
    r`-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}[^]*?(?:-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}|$)`,
  ),
  pattern(
    'private_key',
    'PuTTY-User-Key-File-|Private-Lines',
    r`(?:PuTTY-User-Key-File-|Private-Lines)[^]*?(?:Private-(?:MAC|Hash)[^0-9a-f]{1,9}[0-9a-f]+|$)`,
  ),
  pattern(
    'age_key',
    'AGE-SECRET-KEY-|AGE-PLUGIN-',
    r`AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9]{1,40})-1[A-Z0-9]{20,}`,
  ),
  pattern('jwt', 'eyJ', r`eyJ(?:(?!eyJ)[\w-]){8,4000}(?:\.[\w-]*){2,4}`),
  pattern('aws_access_key', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}'),
  pattern('aws_bedrock_key', 'ABSK|bedrock-api-key-', r`(?:ABSK|bedrock-api-key-)[\w+/-]{60,}={0,2}`),
  pattern('aws_mws_key', r`amzn\.mws`, r`amzn\.mws\.[0-9a-f-]{36}`),
  pattern('google_api_key', 'AIza', r`AIza[\w-]{35,}`),
  pattern('google_oauth', r`ya29\.|GOCSPX-|1//0`, r`ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{30,}`),
  pattern('azure_client_secret', r`\dQ~`, r`[\w~.-]{3}\dQ~[\w~.-]{31,40}`),
  pattern(
    'azure_key',
    r`JQQJ99|AzFu|AzSe|AzCa|ACDb|\+ASbT`,
    r`(?<![\w+/])[\w+/]{20,80}(?:JQQJ99|AzFu|AzSe|AzCa|ACDb|\+ASbT)[\w+/]{4,60}={0,2}`,
  ),
  // A personal access token of Azure DevOps: base32, or 84 characters with a mark.
  pattern(
    'azure_devops_token',
    '(?:^|[^A-Za-z0-9])[a-z2-7]{52}|AZDO',
    r`(?<![A-Za-z0-9])(?=[a-z]{0,51}[2-7])[a-z2-7]{52}(?![A-Za-z0-9])|(?<![A-Za-z0-9])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}`,
  ),
  pattern('anthropic_key', 'sk-ant-', r`sk-ant-(?:[a-z]{2,10}\d{2}-[\w-]{16,}|[\w-]{32,})`),
  pattern('openai_key', 'sk-(?:proj|svcacct|admin|None)-', r`sk-(?:proj|svcacct|admin|None)-[\w-]{16,}`),
  pattern('openrouter_key', 'sk-or-v1-', 'sk-or-v1-[0-9a-f]{32,}'),
  pattern('langfuse_key', 'sk-lf-', r`sk-lf-[\w-]{20,}`),
  pattern('api_key', '[cs]sk-[A-Za-z0-9]|sk-[A-Za-z0-9]', r`c?sk-(?=[A-Za-z]{0,100}\d)[A-Za-z0-9]{20,}`),
  pattern('api_key', 'sk_[0-9a-f]', 'sk_[0-9a-f]{40,}'),
  pattern('github_token', 'gh[pousr]_|github_pat_', r`gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}`),
  pattern(
    'gitlab_token',
    'gl[a-z]{2,5}-|GR1348941|_gitlab_session=',
    r`gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct|wt)-[\w-]{20,}|GR1348941[\w-]{20,}|(?<=_gitlab_session=)[0-9a-z]{20,}`,
  ),
  pattern('slack_token', 'xox[a-z]|xapp-', r`xox[a-z](?:\.xox[a-z])?-[\w-]{10,}|xapp-\d-[\w-]{10,}`),
  pattern(
    'slack_webhook',
    r`hooks\.slack`,
    r`(?<=hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[\w/-]{10,}`,
  ),
  pattern('discord_webhook', '/webhooks/', r`(?<=\/api\/(?:v\d{1,2}\/)?webhooks\/\d{1,25}\/)[\w-]{20,}`),
  pattern(
    'webhook',
    r`office\.com/webhook|office365\.com/webhook|/hooks/|maker\.ifttt|/bot/(?:v2/)?hook/`,
    [
      r`(?<=webhook\.office\.com\/webhookb2\/|outlook\.office(?:365)?\.com\/webhook\/)[\w@/-]{20,}`,
      r`(?<=hooks\.zapier\.com\/hooks\/catch\/)[\w/-]{8,}`,
      r`(?<=maker\.ifttt\.com\/\S{1,120}\/with\/key\/|maker\.ifttt\.com\/use\/)[\w-]{16,}`,
      r`(?<=open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/(?:v2\/)?hook\/)[\w-]{16,}`,
      r`(?<=\/hooks\/)(?:(?=[a-z]{0,25}\d)[a-z0-9]{26}(?!\w)|[A-Za-z0-9]{17}\/[A-Za-z0-9]{40,})`,
    ].join('|'),
  ),
  pattern('discord_token', r`\.[\w-]{6}\.[\w-]{27}`, r`[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}`),
  pattern('telegram_token', ':AA', r`\d{8,10}:AA[\w-]{33,}`),
  pattern(
    'stripe_key',
    '[rsp]k_(?:live|test|prod)_|whsec_',
    '[rsp]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,}',
  ),
  pattern('npm_token', 'npm_[A-Za-z0-9]', 'npm_[A-Za-z0-9]{30,}'),
  pattern('pypi_token', 'pypi-A', r`pypi-A[\w-]{40,}`),
  pattern('rubygems_key', 'rubygems_[0-9a-f]', 'rubygems_[0-9a-f]{40,}'),
  pattern('nuget_key', 'oy2[a-z0-9]', 'oy2[a-z0-9]{43,}'),
  pattern('clojars_token', 'CLOJARS_', 'CLOJARS_[A-Za-z0-9]{40,}'),
  pattern('docker_token', 'dckr_', r`dckr_(?:pat|oat)_[\w-]{20,}`),
  pattern('jfrog_token', 'AKCp|cmVmdGtu', 'AKCp[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9]{50,}'),
  pattern('twilio_key', 'SK[0-9a-f]{4}', 'SK[0-9a-f]{32,}'),
  pattern('sendgrid_key', r`SG\.`, r`SG\.[\w-]{16,}\.[\w-]{16,}`),
  pattern('mailgun_key', 'key-[0-9a-f]{4}', 'key-[0-9a-f]{32,}'),
  pattern('mailchimp_key', r`-us\d`, r`[0-9a-f]{32}-us\d{1,2}`),
  pattern('brevo_key', 'xkeysib-|xsmtpsib-', r`x(?:key|smtp)sib-[0-9a-f]{40,}(?:-\w{10,})?`),
  pattern('resend_key', 're_[A-Za-z0-9]{8}', 're_[A-Za-z0-9]{8,10}_[A-Za-z0-9]{20,}'),
  pattern('huggingface_token', 'hf_[A-Za-z]|api_org_', '(?:hf_|api_org_)[A-Za-z0-9]{30,}'),
  pattern('replicate_token', 'r8_[A-Za-z0-9]', 'r8_[A-Za-z0-9]{30,}'),
  pattern('groq_key', 'gsk_[A-Za-z0-9]', 'gsk_[A-Za-z0-9]{30,}'),
  pattern('xai_key', 'xai-[A-Za-z0-9]', 'xai-[A-Za-z0-9]{30,}'),
  pattern('perplexity_key', 'pplx-[A-Za-z0-9]', 'pplx-[A-Za-z0-9]{30,}'),
  pattern('nvidia_key', 'nvapi-', r`nvapi-[\w-]{30,}`),
  pattern('together_key', 'tgp_v1_', r`tgp_v1_[\w-]{30,}`),
  pattern('fireworks_key', 'fw_[A-Za-z0-9]', 'fw_(?=[A-Za-z]{0,40}\\d)[A-Za-z0-9]{20,}'),
  pattern('tavily_key', 'tvly-', r`tvly-[\w-]{20,}`),
  pattern('pinecone_key', 'pcsk_', r`pcsk_\w{30,}`),
  pattern('langsmith_key', 'lsv2_', 'lsv2_(?:pt|sk)_[0-9a-f]{20,}_[0-9a-f]{6,}'),
  pattern('wandb_key', 'wandb_v1_', r`wandb_v1_\w{30,}`),
  pattern(
    'cloudflare_token',
    'cf[uao]t_|v1.0-[0-9a-f]',
    r`cf(?:ut|at|oat)_[A-Za-z0-9]{30,}|v1\.0-[0-9a-f]{20,}-[0-9a-f]{100,}`,
  ),
  pattern('digitalocean_token', 'do[opr]_v1_', 'do[opr]_v1_[0-9a-f]{40,}'),
  pattern('alibaba_key', 'LTAI', 'LTAI(?=[A-Za-z]{0,40}\\d)[A-Za-z0-9]{12,}'),
  pattern(
    'yandex_key',
    'AQVN|t1\\.9euel|YCAJ',
    r`AQVN[\w-]{35,}|t1\.9euel[\w-]{20,}(?:\.[\w-]{20,}={0,2})?|YCAJ[\w-]{21,}`,
  ),
  pattern('flyio_token', 'fo1_|fm[12][ar]?_', r`(?:fo1_|fm[12][ar]?_)[\w+/=-]{30,}`),
  pattern('vercel_token', 'vc[piark]_', 'vc[piark]_(?=[A-Za-z]{0,40}\\d)[A-Za-z0-9]{20,}'),
  pattern('render_key', 'rnd_[A-Za-z0-9]', 'rnd_(?=[A-Za-z]{0,40}\\d)[A-Za-z0-9]{20,}'),
  pattern('scalingo_token', 'tk-us-', r`tk-us-[\w-]{40,}`),
  pattern('databricks_token', 'dapi[0-9a-f]', 'dapi[0-9a-f]{32,}(?:-\\d)?'),
  pattern('dbt_token', 'dbt[uc]_', r`dbt[uc]_[\w=-]{30,}`),
  pattern('shopify_token', 'shp(?:at|ca|pa|ss|rt)_', 'shp(?:at|ca|pa|ss|rt)_[0-9a-fA-F]{30,}'),
  pattern('square_token', 'sq0[a-z]{3}-|EAAA[A-Za-z0-9]', r`sq0[a-z]{3}-[\w-]{20,}|EAAA[\w+=-]{56,}`),
  pattern('facebook_token', 'EAA[MC][A-Za-z0-9]', 'EAA[MC][A-Za-z0-9]{80,}'),
  pattern(
    'plaid_token',
    'access-(?:sandbox|development|production)-',
    'access-(?:sandbox|development|production)-[0-9a-f-]{36}',
  ),
  pattern('paddle_key', 'pdl_', r`pdl_(?:live|sdbx)_apikey_\w{30,}`),
  pattern('flutterwave_key', 'FLWSECK', 'FLWSECK(?:_TEST|_LIVE)?-[A-Za-z0-9]{12,}(?:-X)?'),
  pattern('easypost_key', 'EZ[AT]K', 'EZ[AT]K[A-Za-z0-9]{54,}'),
  pattern('shippo_token', 'shippo_', 'shippo_(?:live|test)_[0-9a-fA-F]{30,}'),
  pattern('duffel_token', 'duffel_', r`duffel_(?:live|test)_[\w=-]{30,}`),
  pattern('linear_key', 'lin_(?:api|oauth)_', 'lin_(?:api|oauth)_[A-Za-z0-9]{30,}'),
  pattern('notion_token', 'ntn_|secret_[A-Za-z0-9]', '(?:ntn_|secret_)[A-Za-z0-9]{40,}'),
  pattern('figma_token', 'fig[dou][a-z]?_', r`fig(?:d|o[ahr]|u[ahr])_[\w-]{30,}`),
  pattern('atlassian_token', 'ATATT3|ATCTT3|ATBB', 'AT[AC]TT3[\\w=-]{40,}|ATBB[A-Za-z0-9]{24,}'),
  pattern('asana_token', r`[12]/\d{10}`, r`\b[12]/\d{10,20}(?:/\d{10,20})?:[0-9a-f]{32,}`),
  pattern('hubspot_token', 'pat-(?:na|eu|ap)', 'pat-(?:na|eu|ap)\\d-[0-9a-f-]{36}'),
  pattern('typeform_token', 'tfp_', r`tfp_[\w.=-]{40,}`),
  pattern('contentful_token', 'CFPAT-', r`CFPAT-[\w-]{40,}`),
  pattern('readme_key', 'rdme_', 'rdme_[a-z0-9]{60,}'),
  pattern('vault_token', r`hv[bsr]\.`, r`hv[bsr]\.[\w-]{20,}`),
  pattern('terraform_token', r`\.atlasv1\.`, r`[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}`),
  pattern(
    'doppler_token',
    r`dp\.(?:pt|st|ct|sa|scim|audit)\.`,
    r`dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,}`,
  ),
  pattern(
    'onepassword_token',
    'ops_eyJ|A3-[A-Z0-9]',
    r`ops_eyJ[\w+/=-]{60,}|A3-[A-Z0-9]{6}(?:-[A-Z0-9]{5,11}){4,5}`,
  ),
  pattern('openshift_token', 'sha256~', r`sha256~[\w-]{40,}`),
  pattern('tailscale_key', 'tskey-', r`tskey-[a-z]{1,12}-[\w-]{16,}`),
  pattern('harness_token', r`[ps]at\.`, r`[ps]at\.[\w-]{22}\.[0-9a-f]{24}\.[\w-]{20}`),
  pattern('buildkite_token', 'bk(?:ua|aj|at|ct)_', 'bk(?:ua|aj|at|ct)_[A-Za-z0-9]{30,}'),
  pattern('circleci_token', 'CCIP(?:AT|RJ)_', r`CCIP(?:AT|RJ)_\w{20,}`),
  pattern('sonar_token', 'sq[upa]_[0-9a-f]', 'sq[upa]_[0-9a-f]{40,}'),
  pattern(
    'sourcegraph_token',
    'sgp_|slk_[0-9a-f]',
    'sgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40,}|slk_[0-9a-f]{60,}',
  ),
  pattern('octopus_key', 'API-[A-Z0-9]', 'API-[A-Z0-9]{26,}'),
  pattern('infracost_key', 'ico-[A-Za-z0-9]', 'ico-[A-Za-z0-9]{32,}'),
  pattern('prefect_key', 'pnu_', 'pnu_[A-Za-z0-9]{36,}'),
  pattern('postman_key', 'PMAK-', 'PMAK-[0-9a-f]{20,}-[0-9a-f]{20,}'),
  pattern('newrelic_key', 'NRAK-|NRII-|NRJS-|NRRA-', r`NR(?:AK|II|JS|RA)-[\w-]{18,}`),
  pattern('dynatrace_token', r`dt0[cs]\d\d\.`, r`dt0[cs]\d\d\.[A-Z0-9]{8,}\.[A-Z0-9]{30,}`),
  pattern('honeycomb_key', 'hc[abx][a-z]k_|hc[abx]ik_', r`hc[abx][a-z]k_[\w-]{30,}`),
  pattern('axiom_token', 'xa[ap]t-', 'xa[ap]t-[0-9a-f-]{36}'),
  pattern('grafana_token', 'gls?[ac]_', 'glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,}={0,3}'),
  pattern('posthog_key', 'ph[xs]_[A-Za-z0-9]', 'ph[xs]_[A-Za-z0-9]{30,}'),
  pattern('sentry_token', 'sntry[su]_', r`sntry[su]_[\w+/=-]{30,}`),
  pattern('planetscale_token', 'pscale_', r`pscale_(?:tkn|pw|oauth)_[\w.=-]{30,}`),
  pattern('neon_key', 'napi_', 'napi_[a-z0-9]{40,}'),
  pattern('mongodb_key', 'mdb_sa_', r`mdb_sa_(?:sk|id)_[\w-]{20,}`),
  pattern('aiven_secret', 'AVNS_', r`AVNS_[\w-]{15,}`),
  apart('clickhouse_key', '4b1d[A-Za-z0-9]', '4b1d(?=[0-9a-f]{0,38}[g-zA-Z])[A-Za-z0-9]{38,}'),
  pattern('supabase_key', 'sbp_|sb_secret_', r`sbp_(?:v0_)?[0-9a-f]{40,}|sb_secret_[\w-]{20,}`),
  pattern('airtable_token', 'pat[A-Za-z0-9]{14}', r`pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}`),
  pattern('adafruit_key', 'aio_[A-Za-z0-9]', 'aio_[A-Za-z0-9]{28,}'),
  pattern('adobe_secret', 'p8e-', 'p8e-[A-Za-z0-9-]{30,}'),
  apart('dropbox_token', r`sl\.`, r`sl\.(?:u\.)?[\w-]{60,}`),
  apart('mapbox_token', 'sk\\.eyJ', r`sk\.eyJ[\w-]{30,2000}\.[\w-]{16,}`),
  apart('okta_token', '00[A-Za-z0-9]', r`00(?=[\w-]{0,40}[A-Z])(?=[\w-]{0,40}[a-z])[\w-]{40}(?![\w-])`),
  pattern('netlify_token', 'nfp_', 'nfp_[A-Za-z0-9]{36,}'),
  pattern('heroku_key', 'HRKU-', r`HRKU-[\w-]{30,}`),
  pattern('pulumi_token', 'pul-[0-9a-f]', 'pul-[0-9a-f]{40,}'),
  pattern(
    'password_hash',
    r`\$(?:2[abxy]|[156y]|argon2|scrypt|apr1)`,
    r`\$(?:2[abxy]\$\d\d\$|[156]\$|y\$|apr1\$|scrypt\$|argon2\w{1,2}\$)[\w./+,=$-]{20,}`,
  ),
]);
