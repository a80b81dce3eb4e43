// What anybody may check our certificates with: the CA's own certificates and the lists of revoked ones. `ca`
// in the query names a generation of the CA by its id.
#include "server/answers.hpp"
#include "server/certificate_authority.hpp"
#include "server/clock.hpp"
#include "server/handlers/handlers.hpp"
#include "server/revocation_list.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Response octets(std::string_view type, const Bytes& der) {
    Response response;
    response.set("Content-Type", std::string(type));
    response.body.assign(der.begin(), der.end());
    return response;
}

Task<Outcome> revoked(Services& services, Request request) {
    auto list = co_await services.revocations.current(request.query_value("ca").value_or(""));
    if (!list) co_return list.error();
    Response response = octets("application/pkix-crl", (*list)->der);
    // A revocation is to be seen soon; whoever keeps the list longer has its nextUpdate.
    response.set("Cache-Control", "public, max-age=60");
    co_return response;
}

Task<Outcome> certificate(Services& services, Request request) {
    const auto id = request.query_value("ca");
    const Bytes* der = id ? services.authority.certificate_of(*id) : &services.authority.certificate();
    if (!der) co_return Errc::not_found;
    Response response = octets("application/pkix-cert", *der);
    response.set("Cache-Control", "public, max-age=86400");
    co_return response;
}

Task<Outcome> bundle(Services& services, Request) {
    Response response;
    response.set("Content-Type", "application/pem-certificate-chain");
    response.set("Cache-Control", "public, max-age=3600");
    response.body = services.authority.bundle();
    co_return response;
}

}  // namespace

void add_revocation_routes(Router& router, Services& services) {
    router.add(Method::get, "/ca.crl", answered(services, revoked));
    router.add(Method::get, "/ca.crt", answered(services, certificate));
    router.add(Method::get, "/ca.pem", answered(services, bundle));
}

}  // namespace qrgate
