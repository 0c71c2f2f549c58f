/**
 * What an issued key looks like: `af_sk_<environment>_<id>_<secret><checksum>`. For scanners of secrets: whatever matches and whose last six
 * characters are the CRC-32 of all before them, as six digits of base 62 (0-9, A-Z, a-z, the most significant first), is a key of ours.
 */
export const apiKeyPattern = /^af_sk_([a-z0-9]{1,16})_([a-z2-7]{16})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;
