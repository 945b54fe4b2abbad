using Serf.Blackbox.Harness;

namespace Serf.Blackbox;

public sealed class SealedLifeTests() : MixedLife(isEncrypted: true, isCompressed: true);
