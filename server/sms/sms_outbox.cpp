#include "server/sms/sms_sender.hpp"
#include "storage/task.hpp"

namespace qrgate {

Task<Result<void>> SmsOutbox::send(SmsText text) {
    texts_.push_front(std::move(text));
    if (texts_.size() > limit_) texts_.pop_back();
    co_return Result<void>{};
}

std::vector<SmsText> SmsOutbox::sent_to(const std::string& phone) const {
    std::vector<SmsText> found;
    for (const SmsText& text : texts_) {
        if (phone.empty() || text.to == phone) found.push_back(text);
    }
    return found;
}

Task<Result<void>> NoSms::send(SmsText) {
    co_return Errc::busy;
}

}  // namespace qrgate
