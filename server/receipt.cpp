#include "server/receipt.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <openssl/evp.h>

#include <algorithm>

#include "server/certificate_authority.hpp"
#include "server/signature_checker.hpp"
#include "storage/names.hpp"

namespace qrgate {

namespace {

constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

struct Fields {
    std::string text = {};
    std::string serial = {};
    std::string person = {};
    std::optional<KeyAlgorithm> algorithm = {};
    std::optional<WallTime> confirmed_at = {};
    Bytes signature = {};
    Bytes certificate = {};
    Bytes ca = {};
};

std::string text_of(const boost::json::object& object, std::string_view key) {
    const boost::json::value* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::optional<Fields> read(std::string_view json) {
    boost::system::error_code failed;
    boost::json::value parsed = boost::json::parse(json, failed);
    if (failed || !parsed.is_object()) return std::nullopt;
    const boost::json::object& object = parsed.as_object();
    Fields fields;
    fields.text = text_of(object, "text");
    fields.serial = text_of(object, "serial");
    fields.person = text_of(object, "person");
    fields.algorithm = key_algorithm(text_of(object, "algorithm"));
    fields.confirmed_at = parse_time(text_of(object, "confirmed_at"));
    fields.signature = from_base64url(text_of(object, "signature")).value_or(Bytes{});
    fields.certificate = certificate_from_pem(text_of(object, "certificate_pem"));
    fields.ca = certificate_from_pem(text_of(object, "ca_pem"));
    return fields;
}

bool has_line(std::string_view text, std::string_view line) {
    return text.find(std::string(line) + "\n") != std::string_view::npos;
}

}  // namespace

std::string write_receipt(const Receipt& receipt) {
    boost::json::object body;
    body["receipt"] = "qrgate-receipt-v1";
    body["person"] = receipt.person_id;
    body["serial"] = receipt.serial;
    body["algorithm"] = name_of(receipt.algorithm);
    body["confirmed_at"] = format_time(receipt.confirmed_at);
    body["certificate_status"] = receipt.certificate_status;
    body["text"] = receipt.text;
    body["signature"] = base64url(receipt.signature);
    body["certificate_pem"] = pem_of_certificate(receipt.certificate);
    body["ca_pem"] = pem_of_certificate(receipt.chain);
    return boost::json::serialize(body) + "\n";
}

bool ReceiptVerdict::right() const noexcept {
    return !checks.empty() && std::ranges::all_of(checks, &ReceiptCheck::right);
}

ReceiptVerdict verify_receipt(std::string_view json, ByteView ca) {
    ReceiptVerdict verdict;
    std::optional<Fields> fields = read(json);
    bool complete = fields && fields->algorithm && fields->confirmed_at && !fields->certificate.empty();
    verdict.checks.push_back({"the receipt can be read", complete});
    if (!complete) return verdict;
    verdict.text = fields->text;

    Bytes key = public_key_of(fields->certificate);
    ByteView trusted = ca.empty() ? ByteView(fields->ca) : ca;
    verdict.checks.push_back(
        {ca.empty() ? "the certificate was issued by the CA inside the receipt (give --ca to check "
                      "against the one you trust)"
                    : "the certificate was issued by the trusted CA and valid at the time",
         certificate_is_issued_by(fields->certificate, trusted, *fields->algorithm, key,
                                  *fields->confirmed_at)});
    verdict.checks.push_back(
        {"the signature is of this text by this certificate's key",
         signature_is_right(*fields->algorithm, key, as_bytes(fields->text), fields->signature)});
    verdict.checks.push_back({"the text is a login statement of this person with this certificate",
                              fields->text.starts_with("qrgate-login-v1\n") &&
                                  has_line(fields->text, "person: " + fields->person) &&
                                  has_line(fields->text, "certificate: " + fields->serial)});
    return verdict;
}

Bytes certificate_from_pem(std::string_view pem) {
    std::size_t begin = pem.find(pem_begin);
    std::size_t end = pem.find(pem_end);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
    std::string body;
    for (char c : pem.substr(begin + pem_begin.size(), end - begin - pem_begin.size())) {
        if (c != '\n' && c != '\r') body += c;
    }
    if (body.empty() || body.size() % 4 != 0) return {};
    Bytes der(body.size() / 4 * 3);
    int length = EVP_DecodeBlock(der.data(), reinterpret_cast<const unsigned char*>(body.data()),
                                 static_cast<int>(body.size()));
    if (length < 0) return {};
    std::size_t padding = body.ends_with("==") ? 2 : body.ends_with('=') ? 1 : 0;
    der.resize(static_cast<std::size_t>(length) - padding);
    return der;
}

}  // namespace qrgate
