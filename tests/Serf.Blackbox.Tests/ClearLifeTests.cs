using Serf.Blackbox.Harness;

namespace Serf.Blackbox;

public sealed class ClearLifeTests() : MixedLife(isEncrypted: false, isCompressed: true);
