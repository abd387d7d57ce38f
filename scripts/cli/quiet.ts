/**
 * Imported before any AWS SDK client: silences the SDK's notice that versions after January 2027 need Node 22, which
 * users of this project cannot act on, because package-lock.json fixes the versions. The variable is the SDK's own.
 */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
