// Tickets kept from their scan to their confirm: bounded, newest wins, gone when forgotten.
#include "server/scanned_tickets.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

Ticket ticket(std::uint8_t number, std::string nonce = "n") {
    Ticket out;
    out.token_hash = {number};
    out.nonce = std::move(nonce);
    return out;
}

TEST(ScannedTickets, ASecondScanOfATicketReplacesTheFirst) {
    ScannedTickets tickets(4);
    tickets.keep(ticket(1, "old"));
    tickets.keep(ticket(1, "new"));

    EXPECT_EQ(tickets.find({1})->nonce, "new");
    EXPECT_EQ(tickets.size(), 1u);
}

TEST(ScannedTickets, WhatCameFirstGoesFirstWhenItIsFull) {
    ScannedTickets tickets(2);
    tickets.keep(ticket(1));
    tickets.keep(ticket(2));
    tickets.keep(ticket(3));

    EXPECT_FALSE(tickets.find({1}));
    EXPECT_TRUE(tickets.find({2}));
    EXPECT_TRUE(tickets.find({3}));
    EXPECT_EQ(tickets.size(), 2u);
}

TEST(ScannedTickets, WhatIsForgottenIsNotFoundAndTakesNoPlace) {
    ScannedTickets tickets(2);
    tickets.keep(ticket(1));
    tickets.keep(ticket(2));
    tickets.forget({1});
    tickets.forget({9});
    tickets.keep(ticket(3));

    EXPECT_FALSE(tickets.find({1}));
    EXPECT_TRUE(tickets.find({2}));
    EXPECT_TRUE(tickets.find({3}));
}

}  // namespace
}  // namespace qrgate
