<?php
/*
 * PHP SoapClient: makes the calls of the scenario on stdin (JSON) and prints `{"operation": "ok" or what was wrong}`.
 *
 * Arguments: address of the SOAP mount, user, password, tag, `wsdl` or `singleWsdl`, and `combined` (one endpoint),
 * `apart` (one endpoint for each port type) or `soap12` (combined, in SOAP 1.2).
 * SoapClient has no WS-Security of its own: the header is built from SoapVar. It takes the operations of all ports of a
 * WSDL as its own.
 */
declare(strict_types=1);

[, $soap, $user, $password, $tag, $query, $mode] = $argv;

function security(string $user, string $password): SoapHeader
{
    $wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
    $token = new SoapVar([
        new SoapVar($user, XSD_STRING, null, null, 'Username', $wsse),
        new SoapVar($password, XSD_STRING, null, null, 'Password', $wsse),
    ], SOAP_ENC_OBJECT, null, null, 'UsernameToken', $wsse);
    return new SoapHeader($wsse, 'Security', new SoapVar([$token], SOAP_ENC_OBJECT));
}

function endpoint(string $name): SoapClient
{
    global $soap, $user, $password, $tag, $query, $mode;
    $client = new SoapClient("$soap/$name?$query", [
        'soap_version' => $mode === 'soap12' ? SOAP_1_2 : SOAP_1_1,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    ]);
    $binding = 'http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0';
    $client->__setSoapHeaders([
        new SoapHeader($binding, 'syncRequestHeaderInfo', ['messageIdentifier' => $tag]),
        security($user, $password),
    ]);
    return $client;
}

/** The client of each operation. */
function clients(): array
{
    global $mode;
    $services = ['PersonManagementServiceSync', 'GroupManagementServiceSync', 'MembershipManagementServiceSync'];
    $apart = [...$services, ...array_map(fn ($name) => "Extended$name", $services)];
    $found = [];
    foreach ($mode === 'apart' ? $apart : ['ImsEnterpriseServicesPort'] as $name) {
        $client = endpoint($name);
        foreach ($client->__getFunctions() as $signature) {
            preg_match('/ (\w+)\(/', $signature, $match);
            $found[$match[1]] = $client;
        }
    }
    return $found;
}

/** A request with the saved texts in place. */
function filled(mixed $value, array $saved): mixed
{
    if (!is_array($value)) {
        return $value;
    }
    return isset($value['$saved']) ? $saved[$value['$saved']] : array_map(fn ($each) => filled($each, $saved), $value);
}

function shown(mixed $value): string
{
    return json_encode($value, JSON_UNESCAPED_UNICODE | JSON_PARTIAL_OUTPUT_ON_ERROR);
}

/** What of the answer does not match the pattern; null when all does. */
function wrong(mixed $pattern, mixed $value, array &$saved, string $at): ?string
{
    $unlike = "$at: " . shown($pattern) . ' wanted, got ' . shown($value);
    if (!is_array($pattern)) {
        return $pattern === $value ? null : $unlike;
    }
    if (isset($pattern['$text'])) {
        $saved[$pattern['$text']] = $value;
        return is_string($value) && $value !== '' ? null : $unlike;
    }
    if (isset($pattern['$saved'])) {
        return wrong($saved[$pattern['$saved']], $value, $saved, $at);
    }
    if (isset($pattern['$atLeast'])) {
        return is_int($value) && $value >= $pattern['$atLeast'] ? null : $unlike;
    }
    if (isset($pattern['$count'])) {
        return is_array($value) && count($value) === $pattern['$count'] ? null : $unlike;
    }
    if (isset($pattern['$inAnyOrder'])) {
        return wrongInAnyOrder($pattern['$inAnyOrder'], $value, $saved, $at);
    }
    if ($pattern !== [] && array_is_list($pattern)) {
        if (!is_array($value) || count($value) !== count($pattern)) {
            return $unlike;
        }
    } elseif (!is_object($value) && array_filter($pattern, fn ($each) => $each !== null) !== []) {
        return $unlike;
    }
    foreach ($pattern as $name => $each) {
        $found = is_array($value) ? $value[$name] ?? null : $value->$name ?? null;
        $problem = wrong($each, $found, $saved, "$at.$name");
        if ($problem !== null) {
            return $problem;
        }
    }
    return null;
}

function wrongInAnyOrder(array $wanted, mixed $value, array &$saved, string $at): ?string
{
    if (!is_array($value) || count($value) !== count($wanted)) {
        return "$at: " . count($wanted) . ' items wanted, got ' . shown($value);
    }
    foreach ($wanted as $each) {
        foreach ($value as $key => $item) {
            if (wrong($each, $item, $saved, $at) === null) {
                unset($value[$key]);
                continue 2;
            }
        }
        return "$at: no item like " . shown($each);
    }
    return null;
}

$results = [];
$saved = [];
$clients = clients();
foreach (json_decode(stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR) as $step) {
    $operation = $step['operation'];
    try {
        $headers = [];
        $client = $clients[$operation] ?? throw new Exception('the client knows no such operation');
        $body = $client->__soapCall($operation, [filled($step['request'], $saved)], null, null, $headers);
        $problem = wrong($step['header'], $headers['syncResponseHeaderInfo'] ?? null, $saved, 'header')
            ?? wrong($step['body'], $body, $saved, 'body');
    } catch (Throwable $error) {
        $problem = $error::class . ': ' . $error->getMessage();
    }
    foreach ($step['judges'] as $judged) {
        $results[$judged] ??= 'ok';
        if ($results[$judged] === 'ok' && $problem !== null) {
            $results[$judged] = "$operation: $problem";
        }
    }
}
echo json_encode($results, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE), "\n";
