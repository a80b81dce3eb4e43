// Everything a handler may use, by reference. App owns all of it and outlives every handler; nothing here is
// global. Read this to know what a login can touch. I/O thread.
#pragma once

namespace qrgate {

struct Config;
struct Keys;
class Altcha;
class AuditThrottle;
class Captchas;
class CertificateAuthority;
class Clock;
class HttpClient;
class Log;
class Metrics;
class PasswordHasher;
class PlaceLookup;
class Random;
class RevocationList;
class Risk;
class SessionCache;
class SignatureChecker;
class SmsSender;
class SoterCheck;
class Storage;
class TaskGroup;
class TicketWatch;
class WaitingRoom;

struct Services {
    const Config& config;
    const Keys& keys;
    const PlaceLookup& places;
    Clock& clock;
    Random& random;
    Storage& storage;
    WaitingRoom& room;
    TicketWatch& watch;
    SessionCache& sessions;
    Captchas& captchas;
    Altcha& altcha;
    PasswordHasher& passwords;
    SignatureChecker& signatures;
    CertificateAuthority& authority;
    RevocationList& revocations;
    SoterCheck& soter;
    SmsSender& sms;
    HttpClient& http;  // proofing and other providers; texts have one of their own
    AuditThrottle& audit_throttle;
    TaskGroup& tasks;  // for what an answer does not wait for
    Log& log;
    Metrics& metrics;
    Risk& risk;
};

}  // namespace qrgate
